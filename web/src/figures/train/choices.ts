/** Keys of the figure `train` as those of the training view. */

import type { State } from "$/figures/types";
import type { StateSource } from "$/figures/source";
import { OPTIMISERS, optimiserText } from "$/views/train/setup";

/** Names of the figure's keys, by those of the view. */
const KEYS: Readonly<Record<string, string>> = {
  net: "network",
  lr: "lr",
  batch: "batch",
  opt: "optimiser",
};

/** A view's choices that are kept by a figure; the view's other keys have their defaults. */
export const choicesOf = (state: () => State, change: (changes: State) => void): StateSource => ({
  get: (key) => {
    const own = KEYS[key];
    const value = own === undefined ? "" : (state()[own] ?? "");
    return key === "opt" ? usualText(value) : value;
  },
  set: (changes) => {
    const own = Object.entries(changes).flatMap(([key, value]) => {
      const name = KEYS[key];
      if (name === undefined) return [];
      return [[name, key === "opt" ? (value.split(",")[0] ?? "") : value] as const];
    });
    change(Object.fromEntries(own));
  },
});

/** The text of the view for an optimiser with its usual settings; "" for an unknown one. */
function usualText(type: string): string {
  const optimiser = Object.values(OPTIMISERS).find(
    (one) => one.type.toLowerCase() === type.toLowerCase(),
  );
  return optimiser ? optimiserText(optimiser) : "";
}

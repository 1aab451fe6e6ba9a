/** What this view keeps in the address: what is trained and how, and the runs that are shown. */

import { address } from "$/views/address.svelte";
import type { Setup } from "../records";
import { AXES, type Axis } from "../state/curves";
import type { ShownRun } from "../state/run.svelte";
import { read, written, type Settings } from "./settings";

const SUFFIXES = ["", "2"] as const;
const USUAL_SMOOTHING = 0.6;
/** Input sizes as `--input` takes them. */
const INPUT = /^\d{1,4}x\d{1,5}x\d{1,5}$/;

/** One network to train, or the second of a race. */
export type Entrant = Omit<Setup, "data">;

export const EMPTY: Entrant = { network: "", recipe: null, settings: {}, input: "" };

/** Return the entrants of the address: one, or two that race. */
export function entrants(): readonly Entrant[] {
  return SUFFIXES.flatMap((suffix) => {
    const network = address.get(`network${suffix}`);
    if (suffix && !network) return [];
    const input = address.get(`input${suffix}`);
    return [
      {
        network,
        recipe: address.get(`recipe${suffix}`) || null,
        settings: read(address.get(`set${suffix}`)),
        input: INPUT.test(input) ? input : "",
      },
    ];
  });
}

const KEYS = ["network", "recipe", "set", "input"] as const;

/** Put entrants and data into the address. */
export function keep(list: readonly Entrant[], data: string): void {
  const values: Record<string, string> = { data };
  SUFFIXES.forEach((suffix, index) => {
    const own = list[index];
    const texts = own ? textsOf(own) : null;
    for (const key of KEYS) values[`${key}${suffix}`] = texts?.[key] ?? "";
  });
  address.set(values);
}

function textsOf({ network, recipe, settings, input }: Entrant): Record<string, string> {
  return { network, recipe: recipe ?? "", set: written(settings), input };
}

export const shownAxis = (): Axis => AXES.find((one) => one === address.get("axis")) ?? "steps";

export function shownSmoothing(): number {
  const text = address.get("smooth");
  const value = Number(text);
  return text !== "" && value >= 0 && value < 1 ? value : USUAL_SMOOTHING;
}

export const isLog = (): boolean => address.get("log") !== "0";

/** Values of an address that sets up a run like another one, with some settings changed. */
export function restartOf(run: ShownRun, settings: Settings): Readonly<Record<string, string>> {
  const { record } = run;
  return {
    ...{ view: "training", network: record?.architecture ?? "", data: record?.data ?? "" },
    recipe: record ? `${record.folder}/recipe.json` : "",
    set: written(settings),
  };
}

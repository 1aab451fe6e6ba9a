/** States of trials in words. */

import { text } from "$/lang/index.svelte";
import { stateText } from "../columns";

const STATES = ["done", "pruned", "training", "interrupted"] as const;

export function stateOf(state: string): string {
  const known = STATES.find((one) => one === state);
  return known ? text(`runs.trial.${known}`) : stateText(state);
}

/** Steps of the network in groups: a convolution with its normalisation and activation. */

import type { Role, Step } from "$/model/types";

export interface Group {
  readonly leader: Step;
  readonly steps: readonly Step[];
}

/** Roles that belong to the layer before them. */
const FOLLOWERS: ReadonlySet<Role> = new Set(["normalisation", "activation", "dropout"]);

export function grouped(steps: readonly Step[]): readonly Group[] {
  const groups: { leader: Step; steps: Step[] }[] = [];
  for (const step of steps) {
    const last = groups.at(-1);
    const previous = last?.steps.at(-1);
    const continues = step.inputs.length === 1 && step.inputs[0] === previous?.path;
    if (last && continues && FOLLOWERS.has(step.role)) last.steps.push(step);
    else groups.push({ leader: step, steps: [step] });
  }
  return groups;
}

/** Channels, rows and columns of a step's output; a vector has one row and one column. */
export function sides(shape: readonly number[]): readonly [number, number, number] {
  return [shape[0] ?? 1, shape[1] ?? 1, shape[2] ?? 1];
}

/** Return whether the units are drawn as bars, not as maps. */
export const isVector = (shape: readonly number[]): boolean =>
  (shape[1] ?? 1) * (shape[2] ?? 1) === 1;

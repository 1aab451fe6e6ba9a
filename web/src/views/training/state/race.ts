/** Who leads in a race: the validation losses at the last place that both have reached. */

import { nearest } from "$/curves/points";
import type { Axis, RunCurves } from "./curves";

export interface Lead {
  /** "A" or "B"; null if they are even. */
  readonly name: "A" | "B" | null;
  readonly loss: number;
  readonly other: number;
  /** Where on the axis they were compared. */
  readonly at: number;
}

/** Losses that differ by less are even. */
const EVEN = 0.01;

/** Return who has the smaller validation loss at the same place; null before both have one. */
export function leader(first: RunCurves, second: RunCurves, axis: Axis): Lead | null {
  const [a, b] = [first.points("validationLoss", axis), second.points("validationLoss", axis)];
  const at = Math.min(a.last?.x ?? NaN, b.last?.x ?? NaN);
  if (!Number.isFinite(at)) return null;
  const [one, two] = [a.y(nearest(a, at)), b.y(nearest(b, at))];
  if (!Number.isFinite(one) || !Number.isFinite(two)) return null;
  if (Math.abs(one - two) < EVEN * Math.max(one, two)) {
    return { name: null, loss: one, other: two, at };
  }
  const isFirst = one < two;
  return { name: isFirst ? "A" : "B", loss: isFirst ? one : two, other: isFirst ? two : one, at };
}

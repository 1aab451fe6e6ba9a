/** Probability of the most probable classes over the range of one disturbance. */

import { disturb, RANGES, type Disturbance, type Kind } from "$/views/look/disturb";
import type { Picture } from "$/model/types";
import type { Runner } from "$/run/types";

export const NUM_CLASSES = 3;
const LEAST = 0.05;

export interface Curve {
  readonly kind: Kind;
  readonly x: readonly number[];
  /** Classes that are most probable somewhere, the strongest at 0 first. */
  readonly classes: readonly number[];
  /** Probabilities at each x, as far as they are computed. */
  readonly rows: readonly Float32Array[];
}

/** Return the strengths of a curve; 0 is always one of them. */
export function strengths(kind: Kind): readonly number[] {
  const { low, high, curve } = RANGES[kind];
  const first = Math.ceil(low / curve);
  const last = Math.floor(high / curve);
  return Array.from({ length: last - first + 1 }, (_, place) => (first + place) * curve);
}

/** Return up to three classes with the largest probabilities anywhere, of 5 % or more. */
export function strongest(rows: readonly Float32Array[]): readonly number[] {
  const peaks = new Map<number, number>();
  for (const row of rows)
    row.forEach((value, index) => peaks.set(index, Math.max(value, peaks.get(index) ?? 0)));
  return [...peaks]
    .sort(([, one], [, two]) => two - one)
    .filter(([, peak], place) => place === 0 || peak >= LEAST)
    .slice(0, NUM_CLASSES)
    .map(([index]) => index);
}

/** Compute a curve; null if another request replaced it. */
export async function curveOf(
  runner: Runner,
  picture: Picture,
  by: Disturbance,
  kind: Kind,
  options: { readonly most: number; readonly isCurrent: () => boolean },
): Promise<Curve | null> {
  const x = strengths(kind);
  const rows: Float32Array[] = [];
  for (const strength of x) {
    if (!options.isCurrent()) return null;
    const disturbed = disturb(picture, { ...by, [kind]: strength }, options.most);
    const answer = await runner.run(disturbed, [], "curve");
    if (!answer) return null;
    rows.push(answer.probabilities);
  }
  return { kind, x, classes: strongest(rows), rows };
}

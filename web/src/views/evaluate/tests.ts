/** Results for tests, from a row for each image. */

import type { Results } from "$/views/evaluate/results";

/** Label, predicted class, confidence, probability of the label, x, y. */
export type ImageRow = readonly [number, number, number, number, number, number];

/** Return results of three classes. */
export function resultsOf(rows: readonly ImageRow[]): Results {
  const column = (at: number): number[] => rows.map((row) => row[at] ?? 0);
  return {
    num: rows.length,
    classes: ["a", "b", "c"],
    split: rows.map(() => 2),
    index: rows.map((_, i) => i),
    label: column(0),
    predicted: column(1),
    confidence: column(2),
    truth: column(3),
    loss: column(3).map((p) => -Math.log(p)),
    entropy: column(2).map((p) => 1 - p),
    top: 1,
    best: column(1),
    probabilities: column(2),
    points: Float32Array.from(rows.flatMap((row) => [row[4], row[5]])),
  };
}

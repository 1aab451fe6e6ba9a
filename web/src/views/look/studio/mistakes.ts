/** Misclassified images of a split, from an evaluation. */

import { isRight, readResults, splitName } from "$/views/evaluate/results";
import type { components } from "$/api/schema";

/** Confidence of the wrong prediction, by the number of the image in its split. */
export type Mistakes = ReadonlyMap<number, number>;

export function mistakesOf(
  images: components["schemas"]["EvaluatedImages"],
  split: "train" | "val" | "test",
): Mistakes {
  const results = readResults(images, []);
  const mistakes = new Map<number, number>();
  for (let image = 0; image < results.num; image++)
    if (splitName(results, image) === split && !isRight(results, image))
      mistakes.set(results.index[image] ?? 0, results.confidence[image] ?? 0);
  return mistakes;
}

/** Return images with the misclassified ones first, the most confident mistake at the top. */
export function wrongFirst(images: readonly number[], mistakes: Mistakes): readonly number[] {
  const rank = (image: number): number => mistakes.get(image) ?? -1;
  return [...images].sort((one, other) => rank(other) - rank(one) || one - other);
}

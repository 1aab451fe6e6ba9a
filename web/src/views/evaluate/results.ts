/** Results of every image of an evaluation, as columns. */

import { numbersOf, type Column } from "$/api/columns";
import type { components } from "$/api/schema";

export type Facts = components["schemas"]["EvaluationFacts"];
export type SplitName = "train" | "val" | "test";

const SPLITS: readonly SplitName[] = ["train", "val", "test"];

export interface Results {
  readonly num: number;
  readonly classes: readonly string[];
  /** Place of each image: number of its split, and index there. */
  readonly split: ArrayLike<number>;
  readonly index: ArrayLike<number>;
  readonly label: ArrayLike<number>;
  readonly predicted: ArrayLike<number>;
  /** Probability of the predicted class, and of the true one. */
  readonly confidence: ArrayLike<number>;
  readonly truth: ArrayLike<number>;
  /** −ln(probability of the true class), in nats. */
  readonly loss: ArrayLike<number>;
  readonly entropy: ArrayLike<number>;
  /** The most probable classes of each image, `top` of them, and their probabilities. */
  readonly top: number;
  readonly best: ArrayLike<number>;
  readonly probabilities: ArrayLike<number>;
  /** x and y of each image in turn; empty without an embedding. */
  readonly points: Float32Array;
}

/** Return the results in an answer of /api/evaluations/{id}/images. */
export function readResults(
  images: components["schemas"]["EvaluatedImages"],
  classes: readonly string[],
): Results {
  const points = numbersOf(images.points_N2 as Column);
  return {
    num: images.true_N.shape[0] ?? 0,
    classes,
    split: numbersOf(images.split_N),
    index: numbersOf(images.index_N),
    label: numbersOf(images.true_N),
    predicted: numbersOf(images.predicted_N),
    confidence: numbersOf(images.confidence_N),
    truth: numbersOf(images.true_probability_N),
    loss: numbersOf(images.loss_N),
    entropy: numbersOf(images.entropy_N),
    top: images.top_NT.shape[1] ?? 1,
    best: numbersOf(images.top_NT),
    probabilities: numbersOf(images.top_probability_NT),
    points: points instanceof Float32Array ? points : new Float32Array(points),
  };
}

export const splitName = (results: Results, image: number): SplitName =>
  SPLITS[results.split[image] ?? 2] ?? "test";

export const isRight = (results: Results, image: number): boolean =>
  results.label[image] === results.predicted[image];

/** Return the counts of a confusion matrix, row by row: [label * classes + predicted]. */
export function confusion(results: Results, images: readonly number[]): Uint32Array {
  const k = results.classes.length;
  const counts = new Uint32Array(k * k);
  for (const image of images) {
    const cell = (results.label[image] ?? 0) * k + (results.predicted[image] ?? 0);
    counts[cell] = (counts[cell] ?? 0) + 1;
  }
  return counts;
}

export interface ClassFigures {
  readonly label: number;
  readonly support: number;
  readonly predicted: number;
  readonly precision: number | null;
  readonly recall: number | null;
  readonly f1: number | null;
}

const ratio = (part: number, whole: number): number | null => (whole ? part / whole : null);

/** Return precision, recall and F1 of each class; null where a figure would divide by zero. */
export function classFigures(counts: Uint32Array, numClasses: number): ClassFigures[] {
  const support = new Float64Array(numClasses);
  const predicted = new Float64Array(numClasses);
  for (let i = 0; i < counts.length; i += 1) {
    const [row, column] = [Math.floor(i / numClasses), i % numClasses];
    support[row] = (support[row] ?? 0) + (counts[i] ?? 0);
    predicted[column] = (predicted[column] ?? 0) + (counts[i] ?? 0);
  }
  return Array.from({ length: numClasses }, (_, label) => {
    const right = counts[label * numClasses + label] ?? 0;
    const [of, as] = [support[label] ?? 0, predicted[label] ?? 0];
    return {
      label,
      support: of,
      predicted: as,
      precision: ratio(right, as),
      recall: ratio(right, of),
      f1: ratio(2 * right, of + as),
    };
  });
}

export interface Bin {
  readonly lower: number;
  readonly upper: number;
  readonly num: number;
  readonly accuracy: number | null;
  readonly confidence: number | null;
}

const BINS = 15;

/**
 * Return the bins of a reliability diagram, and the expected calibration error.
 *
 * ECE = sum over bins of n_b / N * |accuracy_b − confidence_b|; bins are (lower, upper].
 */
export function calibration(
  results: Results,
  images: readonly number[],
): { readonly bins: readonly Bin[]; readonly error: number } {
  const [num, right, sum] = [
    new Float64Array(BINS),
    new Float64Array(BINS),
    new Float64Array(BINS),
  ];
  for (const image of images) {
    const confidence = results.confidence[image] ?? 0;
    const bin = Math.min(BINS - 1, Math.max(0, Math.ceil(confidence * BINS) - 1));
    num[bin] = (num[bin] ?? 0) + 1;
    right[bin] = (right[bin] ?? 0) + Number(isRight(results, image));
    sum[bin] = (sum[bin] ?? 0) + confidence;
  }
  let gap = 0;
  const bins = Array.from({ length: BINS }, (_, i): Bin => {
    const [n, r, c] = [num[i] ?? 0, right[i] ?? 0, sum[i] ?? 0];
    gap += Math.abs(r - c);
    return {
      lower: i / BINS,
      upper: (i + 1) / BINS,
      num: n,
      accuracy: ratio(r, n),
      confidence: ratio(c, n),
    };
  });
  return { bins, error: images.length ? gap / images.length : 0 };
}

export const SORTS = ["worst", "uncertain", "loss", "stored"] as const;
export type Sort = (typeof SORTS)[number];

/**
 * Return images in an order.
 *
 * worst: wrong ones first, the most confident ones before. uncertain: by falling entropy. loss: by
 * falling loss. stored: as in the data.
 */
export function sorted(results: Results, images: readonly number[], sort: Sort): number[] {
  const at = (values: ArrayLike<number>, i: number): number => values[i] ?? 0;
  if (sort === "stored") return [...images];
  if (sort === "loss")
    return [...images].sort((a, b) => at(results.loss, b) - at(results.loss, a) || a - b);
  if (sort === "uncertain")
    return [...images].sort((a, b) => at(results.entropy, b) - at(results.entropy, a) || a - b);
  const rank = (i: number): number =>
    isRight(results, i) ? -at(results.confidence, i) : 2 + at(results.confidence, i);
  return [...images].sort((a, b) => rank(b) - rank(a) || a - b);
}

/** Return images as the text of a CSV file. */
export function csvOf(results: Results, images: readonly number[], data: string): string {
  const head = "data,split,index,true,predicted,probability,probability_of_true,loss,correct";
  const rows = images.map((image) =>
    [
      data,
      splitName(results, image),
      results.index[image] ?? 0,
      results.classes[results.label[image] ?? 0] ?? "",
      results.classes[results.predicted[image] ?? 0] ?? "",
      (results.confidence[image] ?? 0).toPrecision(6),
      (results.truth[image] ?? 0).toPrecision(6),
      (results.loss[image] ?? 0).toPrecision(6),
      isRight(results, image),
    ]
      .map((cell) => cellOf(String(cell)))
      .join(","),
  );
  return [head, ...rows, ""].join("\r\n");
}

/** Return a cell as spreadsheets read it: quoted, and no formula. */
export function cellOf(text: string): string {
  const plain = /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}

/** A comparison of `convscope compare --cases`, as convscope.lessons.data.comparisons writes it. */

import { dataJson } from "$/figures/data";
import { choice } from "$/lang/index.svelte";

export const CASES = [
  "two_3x3_or_5x5",
  "inception_naive_or_reduced",
  "pooling_or_stride",
  "mlp_or_cnn",
  "local_or_shared_or_full",
] as const;
export type Case = (typeof CASES)[number];

export interface Measured {
  readonly name: string;
  readonly input_shape: readonly number[];
  readonly output_shape: readonly number[];
  readonly parameters: number;
  readonly macs: number;
  readonly weight_bytes: number;
  readonly inference_bytes: number;
  readonly training_bytes: number;
  readonly depth: number;
  readonly receptive_field: readonly [number, number];
  /** Errors as they were published. */
  readonly published: readonly string[];
}

export interface Comparison {
  readonly title: string;
  readonly entries: readonly Measured[];
  readonly notes: readonly string[];
}

export const comparisonOf = async (name: Case): Promise<Comparison> =>
  (await dataJson(`comparison/${name}.${choice.language}.json`)) as Comparison;

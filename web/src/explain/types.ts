/** The exact computation of one unit. */

import type { Step, Tensor } from "$/model/types";

/** One product: a value of an input, times a weight. */
export interface Term {
  /** Which of the step's inputs. */
  readonly input: number;
  /** Place in its data; -1 is a zero of the padding. */
  readonly index: number;
  readonly value: number;
  readonly weight: number;
}

/** Units of an input that are read: channels, rows and columns, each [first, end). */
export interface Region {
  readonly input: number;
  readonly channels: readonly [number, number];
  readonly rows: readonly [number, number];
  readonly cols: readonly [number, number];
}

export interface Explanation {
  /** sum: of products and a bias; max: the largest term; function: of one or more values. */
  readonly kind: "sum" | "max" | "function";
  readonly terms: readonly Term[];
  readonly bias: number;
  /** The activation, computed in float64 from the terms. */
  readonly value: number;
  /** Formula with the numbers filled in. */
  readonly formula: string;
  readonly regions: readonly Region[];
}

export type Weights = ReadonlyMap<string, Tensor>;

/** Explains unit `index` of a step's output, from its inputs and its parameters by name. */
export type Explain = (
  step: Step,
  index: number,
  inputs: readonly Tensor[],
  weights: Weights,
) => Explanation;

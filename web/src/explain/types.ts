/** The exact computation of one unit. */

import type { Maps } from "$/explain/shape";
import type { Step, Tensor } from "$/model/types";

/** A value that is read, and its part of the result. */
export interface Term {
  /** Which of the step's inputs. */
  readonly input: number;
  /** Place in its data; -1 is a zero of the padding. */
  readonly index: number;
  readonly value: number;
  readonly weight: number;
  /** value * weight in a sum of products; otherwise what the formula makes of the value. */
  readonly product: number;
}

/** Smallest box of an input that holds all units that are read, each side [first, end). */
export interface Region {
  readonly input: number;
  readonly channels: readonly [number, number];
  readonly rows: readonly [number, number];
  readonly cols: readonly [number, number];
}

/** Positions of the terms: channel by channel, row by row. Rows and columns of the padding lie outside. */
export interface Layout {
  readonly input: number;
  readonly channels: readonly number[];
  readonly rows: readonly number[];
  readonly cols: readonly number[];
}

/** A number between inputs and result, as the mean of a normalisation. */
export interface Quantity {
  readonly name: QuantityName;
  readonly symbol: string;
  readonly value: number;
}

export type QuantityName =
  | "mean"
  | "variance"
  | "epsilon"
  | "gamma"
  | "beta"
  | "squares"
  | "divisor"
  | "total"
  | "count"
  | "length"
  | "share"
  | "slope"
  | "rounding";

export type Kind = "sum" | "product" | "max" | "function" | "copy";

export interface Explanation {
  /** sum: of products and a bias; product: of all values; max: the largest value; function: of one
   * or more values; copy: one value, or a zero of the padding. */
  readonly kind: Kind;
  readonly terms: readonly Term[];
  readonly bias: number;
  /** The activation, computed in float64 from the terms. */
  readonly value: number;
  /** Place of the largest value in `terms`, of a maximum. */
  readonly winner?: number;
  readonly layout?: Layout;
  /** What the formula makes of one term; a weight w times a value x if it is left out. */
  readonly termLaw?: string;
  readonly quantities: readonly Quantity[];
  /** The function of an activation. */
  readonly curve?: (x: number) => number;
  /** Formula with symbols. */
  readonly law: string;
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

/** A layer with the shapes of its inputs and its output. */
export interface Layer {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly inputs: readonly Maps[];
  readonly output: Maps;
}

/** A unit of a layer's output, with what it is computed from. */
export interface Unit extends Layer {
  readonly channel: number;
  readonly row: number;
  readonly col: number;
  readonly index: number;
  readonly data: readonly Tensor[];
  /** Returns a parameter by its name. Throws a sentence if it is absent. */
  readonly parameter: (name: string) => Tensor;
}

/** Positions of the input, along one axis, that a position of the output reads. */
export type Reads = (position: number) => readonly number[];

/** Units of an input that a unit of the output reads: a product of three axes, or one unit. */
export type Geometry =
  | { readonly channels: Reads; readonly rows: Reads; readonly cols: Reads }
  | { readonly copies: (index: number) => number };

/** What is known about a type of layer: how a unit is computed, and which units it reads. */
export interface Rule {
  readonly explain: (unit: Unit) => Explanation;
  readonly geometry: (layer: Layer, input: number) => Geometry;
  /** Shape of the output, of a preprocessing layer that changes it. */
  readonly shapeAfter?: (settings: Layer["settings"], before: Maps) => Maps;
}

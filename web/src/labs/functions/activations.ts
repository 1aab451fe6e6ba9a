/** Activation functions and their slopes, as `convscope.labs.functions.activations`. */

import { erf } from "$/explain/layers/activation";

export interface Activation {
  readonly value: (x: number) => number;
  /** The derivative; at a corner that of PyTorch. */
  readonly slope: (x: number) => number;
  readonly law: string;
  readonly slopeLaw: string;
}

const LEAKY_SLOPE = 0.01;

export const sigmoid = (x: number): number =>
  x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x));
const sigmoidSlope = (x: number): number => sigmoid(x) * sigmoid(-x);
/** Distribution function of the normal distribution. */
const normal = (x: number): number => (1 + erf(x / Math.SQRT2)) / 2;
const density = (x: number): number => Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);

export const ACTIVATIONS = {
  relu: {
    value: (x) => Math.max(x, 0),
    slope: (x) => (x > 0 ? 1 : 0),
    law: "f(x) = max(x, 0)",
    slopeLaw: "f′(x) = 1 (x > 0), 0 (x ≤ 0)",
  },
  tanh: {
    value: Math.tanh,
    slope: (x) => 1 / Math.cosh(x) ** 2,
    law: "f(x) = tanh(x)",
    slopeLaw: "f′(x) = 1 − tanh²(x)",
  },
  sigmoid: {
    value: sigmoid,
    slope: sigmoidSlope,
    law: "f(x) = 1 / (1 + e⁻ˣ)",
    slopeLaw: "f′(x) = f(x) · (1 − f(x))",
  },
  leaky_relu: {
    value: (x) => (x > 0 ? x : LEAKY_SLOPE * x),
    slope: (x) => (x > 0 ? 1 : LEAKY_SLOPE),
    law: "f(x) = x (x > 0), 0.01 x (x ≤ 0)",
    slopeLaw: "f′(x) = 1 (x > 0), 0.01 (x ≤ 0)",
  },
  elu: {
    value: (x) => (x > 0 ? x : Math.expm1(x)),
    slope: (x) => (x > 0 ? 1 : Math.exp(x)),
    law: "f(x) = x (x > 0), eˣ − 1 (x ≤ 0)",
    slopeLaw: "f′(x) = 1 (x > 0), eˣ (x ≤ 0)",
  },
  gelu: {
    value: (x) => x * normal(x),
    slope: (x) => normal(x) + x * density(x),
    law: "f(x) = x · Φ(x)",
    slopeLaw: "f′(x) = Φ(x) + x · φ(x)",
  },
  silu: {
    value: (x) => x * sigmoid(x),
    slope: (x) => sigmoid(x) + x * sigmoidSlope(x),
    law: "f(x) = x / (1 + e⁻ˣ)",
    slopeLaw: "f′(x) = σ(x) + x · σ(x) · σ(−x)",
  },
} as const satisfies Readonly<Record<string, Activation>>;

export type ActivationName = keyof typeof ACTIVATIONS;
export const ACTIVATION_NAMES = Object.keys(ACTIVATIONS) as ActivationName[];

/** Return the factor of a gradient that passes so many layers at the same input: f′(x) ** layers. */
export const through = (name: ActivationName, x: number, layers: number): number =>
  ACTIVATIONS[name].slope(x) ** layers;

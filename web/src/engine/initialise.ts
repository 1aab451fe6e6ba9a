/** Initial values of weights and biases, distributed as in Python's `network/initialise.py`. */

import type { Random } from "$/engine/random";
import type { Scheme } from "$/engine/types";
import type { ParameterSpec } from "$/engine/layers/rule";

export interface Fans {
  readonly into: number;
  readonly out: number;
}

type Draw = (random: Random, fans: Fans) => number;

const within = (bound: number, random: Random): number => bound * (2 * random.uniform() - 1);

const DRAWS: Readonly<Record<Scheme, Draw>> = {
  torch: (random, { into }) => within(1 / Math.sqrt(into), random),
  he: (random, { into }) => Math.sqrt(2 / into) * random.normal(),
  xavier: (random, { into, out }) => within(Math.sqrt(6 / (into + out)), random),
  lecun: (random, { into }) => within(2.4 / into, random),
};

/** Weights of a convolution or a linear layer. */
export function weights(shape: readonly number[], fans: Fans): ParameterSpec {
  return {
    name: "weight",
    shape,
    decays: true,
    fill(values, scheme, random) {
      for (let i = 0; i < values.length; i++) values[i] = DRAWS[scheme](random, fans);
    },
  };
}

/** Biases: uniform within 1 / sqrt(fan-in) under every scheme; `into` of each output. */
export function biases(into: readonly number[]): ParameterSpec {
  return {
    name: "bias",
    shape: [into.length],
    decays: false,
    fill(values, _scheme, random) {
      for (let i = 0; i < values.length; i++)
        values[i] = within(1 / Math.sqrt(into[i] ?? 1), random);
    },
  };
}

/** Kernels of a connection table: PyTorch's bound follows the row, the other schemes its mean. */
export function linkedWeights(
  rows: readonly number[],
  outputs: readonly number[],
  window: number,
  fans: Fans,
): ParameterSpec["fill"] {
  return (values, scheme, random) => {
    for (let i = 0; i < values.length; i++) {
      const row = outputs[Math.floor(i / window)] ?? 0;
      const into = scheme === "torch" ? (rows[row] ?? 1) * window : fans.into;
      values[i] = DRAWS[scheme](random, { into, out: fans.out });
    }
  };
}

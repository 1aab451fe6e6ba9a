/**
 * Connections of a row of inputs with a row of outputs, as `convscope.labs.connectivity`.
 *
 * Output i reads the window of K inputs around input i S; connections to padding are left out.
 */

export const KINDS = ["convolution", "local", "full"] as const;
/** Convolution, locally connected, or fully connected. */
export type Kind = (typeof KINDS)[number];

export interface Row {
  readonly kind: Kind;
  /** Inputs. */
  readonly width: number;
  readonly kernel: number;
  readonly stride: number;
}

/** A connection; equal numbers mean the same weight. */
export interface Link {
  readonly input: number;
  readonly output: number;
  readonly weight: number;
}

/** Return the number of outputs. */
export const outputsOf = ({ width, stride }: Row): number => Math.ceil(width / stride);

export function links({ kind, width, kernel, stride }: Row): readonly Link[] {
  const before = Math.floor((kernel - 1) / 2);
  const all: Link[] = [];
  for (let output = 0; output * stride < width; output++) {
    if (kind === "full") {
      for (let input = 0; input < width; input++)
        all.push({ input, output, weight: output * width + input });
      continue;
    }
    for (let tap = 0; tap < kernel; tap++) {
      const input = output * stride - before + tap;
      if (input < 0 || input >= width) continue;
      all.push({ input, output, weight: kind === "convolution" ? tap : output * kernel + tap });
    }
  }
  return all;
}

/** Return the number of different weights, biases left out. */
export const weightsOf = (all: readonly Link[]): number =>
  new Set(all.map(({ weight }) => weight)).size;

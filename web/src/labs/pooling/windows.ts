/** Pooling windows in two dimensions, as `convscope.labs.pooling_windows`. */

import { seeded } from "$/data/random";
import { failure } from "$/lang/failure";
import { outputSize } from "$/labs/sizes";

export type Kind = "max" | "average";
export const KINDS = ["max", "average"] as const;

/** The usual example: 2 x 2 windows with stride 2 have the maxima 6 8 / 3 4. */
export const EXAMPLE: readonly number[] = [1, 1, 2, 4, 5, 6, 7, 8, 3, 2, 1, 0, 1, 2, 3, 4];
export const EXAMPLE_SIDE = 4;

export interface PoolWindow {
  /** Row and column of the output. */
  readonly row: number;
  readonly col: number;
  /** First and end of the part inside the input. */
  readonly rows: readonly [number, number];
  readonly cols: readonly [number, number];
  /** In reading order; padding is not among them. */
  readonly values: readonly number[];
  readonly result: number;
  /** Place of the maximum in the input, the first of equal ones; null for a mean. */
  readonly winner: number | null;
}

export interface Pooling {
  readonly side: number;
  readonly x: readonly number[];
  readonly kind: Kind;
  readonly size: number;
  readonly stride: number;
  readonly padding: number;
}

/** Return random digits, the same as `convscope.labs.pooling_windows.drawn`. */
export function drawn(side: number, seed: number): readonly number[] {
  const random = seeded(seed);
  return Array.from({ length: side * side }, () => Math.floor(10 * random()));
}

/** Return the side of the output; throws a failure. */
export function outputSide({ side, size, stride, padding }: Pooling): number {
  if (2 * padding > size) throw failure("basics.pool.refused", { padding, size });
  return outputSize(side, { kernel: size, stride, padding, dilation: 1 });
}

/** Return every window in reading order; throws a failure. */
export function windows(lab: Pooling): readonly PoolWindow[] {
  const out = outputSide(lab);
  return Array.from({ length: out * out }, (_, n) => windowAt(lab, Math.floor(n / out), n % out));
}

function windowAt(lab: Pooling, row: number, col: number): PoolWindow {
  const { side, x, kind, size, stride, padding } = lab;
  const range = (at: number): readonly [number, number] => {
    const first = at * stride - padding;
    return [Math.max(0, first), Math.min(side, first + size)];
  };
  const [rows, cols] = [range(row), range(col)];
  const values: number[] = [];
  let winner = rows[0] * side + cols[0];
  for (let i = rows[0]; i < rows[1]; i++)
    for (let j = cols[0]; j < cols[1]; j++) {
      const place = i * side + j;
      values.push(x[place] ?? 0);
      if ((x[place] ?? 0) > (x[winner] ?? 0)) winner = place;
    }
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const result = kind === "max" ? (x[winner] ?? 0) : mean;
  return { row, col, rows, cols, values, result, winner: kind === "max" ? winner : null };
}

/** Return the gradient of the sum of the output by the input. */
export function gradient(lab: Pooling): readonly number[] {
  const sums = new Array<number>(lab.x.length).fill(0);
  for (const window of windows(lab)) {
    if (window.winner !== null) {
      sums[window.winner] = (sums[window.winner] ?? 0) + 1;
      continue;
    }
    for (let i = window.rows[0]; i < window.rows[1]; i++)
      for (let j = window.cols[0]; j < window.cols[1]; j++) {
        const place = i * lab.side + j;
        sums[place] = (sums[place] ?? 0) + 1 / window.values.length;
      }
  }
  return sums;
}

/** Output sizes of windows, as `convscope.labs.sizes`. */

import { failure } from "$/lang/failure";

/** Window along one axis. */
export interface Window {
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
  readonly dilation: number;
}

/** Return D (K - 1) + 1: inputs from the first to the last of a window. */
export const extent = ({ kernel, dilation }: Window): number => dilation * (kernel - 1) + 1;

/** Return floor((I - (D (K - 1) + 1) + 2 P) / S) + 1; throws a failure. */
export function outputSize(size: number, window: Window): number {
  const room = size + 2 * window.padding - extent(window);
  if (room < 0) {
    throw failure("labs.window", { window: extent(window), size: size + 2 * window.padding });
  }
  return Math.floor(room / window.stride) + 1;
}

/** Return (I - 1) S - 2 P + D (K - 1) + 1 + output padding; throws a failure. */
export function transposedSize(size: number, window: Window, outputPadding: number): number {
  const most = Math.max(window.stride, window.dilation) - 1;
  if (outputPadding > most) throw failure("labs.outputPadding", { value: outputPadding, most });
  const output = (size - 1) * window.stride - 2 * window.padding + extent(window) + outputPadding;
  if (output < 1) throw failure("labs.nothing", { size: output });
  return output;
}

/** What a convolution leaves unread along one axis. */
export interface Unread {
  /** Inputs at the end that no window covers; padding is not counted. */
  readonly atEnd: number;
  /** Inputs between two windows that no window covers. */
  readonly between: number;
  /** Positions at the end, padding included, after the last window. */
  readonly left: number;
}

export function unread(size: number, window: Window): Unread {
  const output = outputSize(size, window);
  const left = (size + 2 * window.padding - extent(window)) % window.stride;
  const atEnd = Math.min(size, Math.max(0, left - window.padding));
  const read = new Set<number>();
  for (let i = 0; i < output; i++)
    for (let t = 0; t < window.kernel; t++)
      read.add(i * window.stride - window.padding + t * window.dilation);
  let between = 0;
  for (let place = 0; place < size - atEnd; place++) if (!read.has(place)) between += 1;
  return { atEnd, between, left };
}

/** Return the size formula with its numbers: (5 + 2·1 − 3) / 2 + 1 = 3. */
export function formula(size: number, window: Window): string {
  const { kernel, stride, padding, dilation } = window;
  const wide = dilation === 1 ? String(kernel) : `(${dilation}·(${kernel} − 1) + 1)`;
  const room = size + 2 * padding - extent(window);
  const exact = `(${size} + 2·${padding} − ${wide}) / ${stride} + 1`;
  const output = outputSize(size, window);
  if (room % stride === 0) return `${exact} = ${output}`;
  return `${exact} = ⌊${Number((room / stride).toFixed(3))}⌋ + 1 = ${output}`;
}

export function transposedFormula(size: number, window: Window, outputPadding: number): string {
  const { kernel, stride, padding, dilation } = window;
  const more = outputPadding > 0 ? ` + ${outputPadding}` : "";
  const parts = `(${size} − 1)·${stride} − 2·${padding} + ${dilation}·(${kernel} − 1) + 1${more}`;
  return `${parts} = ${transposedSize(size, window, outputPadding)}`;
}

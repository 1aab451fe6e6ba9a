/** Windows that slide over an axis: sizes, and which input each output reads. */

import { engineError } from "$/engine/problem";

/** Output i reads inputs i * stride - padding + t * dilation, t from 0 to kernel - 1. */
export interface Window {
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
  readonly dilation: number;
  /** Padding at the end of the axis. */
  readonly end: number;
}

export type Pair = readonly [rows: number, cols: number];

/** [rows, columns] of a field that may be one number. */
export function pair(value: unknown): Pair {
  if (typeof value === "number") return [value, value];
  if (Array.isArray(value) && value.length === 2) return [Number(value[0]), Number(value[1])];
  throw engineError("engine.size", { value: JSON.stringify(value) ?? "-" });
}

/** The windows of an axis of `size` inputs; padding is a number, "same" or "same_tensorflow". */
export function windowOf(
  size: number,
  kernel: number,
  stride: number,
  padding: number | string,
  dilation: number,
): Window {
  if (typeof padding === "number") return { kernel, stride, padding, dilation, end: padding };
  const extent = dilation * (kernel - 1) + 1;
  const total = Math.max((Math.ceil(size / stride) - 1) * stride + extent - size, 0);
  const start = Math.floor(total / 2);
  return { kernel, stride, padding: start, dilation, end: total - start };
}

/** Number of outputs; in `ceil` mode the last window begins inside the input or its left padding. */
export function outputSize(size: number, window: Window, ceil = false): number {
  const extent = window.dilation * (window.kernel - 1) + 1;
  const room = (size + window.padding + window.end - extent) / window.stride;
  let places = (ceil ? Math.ceil(room) : Math.floor(room)) + 1;
  if (ceil && (places - 1) * window.stride >= size + window.padding) places -= 1;
  if (!(places >= 1)) throw engineError("engine.window", { window: extent, size });
  return places;
}

/** One tap of an output along an axis: place t of the window, and the input that it reads. */
export type Tap = readonly [place: number, source: number];

/** For each output, its taps inside the input. */
export function taps(size: number, outputs: number, window: Window): Tap[][] {
  return Array.from({ length: outputs }, (_, i) => {
    const first = i * window.stride - window.padding;
    const all = Array.from({ length: window.kernel }, (_, t): Tap => [
      t,
      first + t * window.dilation,
    ]);
    return all.filter(([, source]) => source >= 0 && source < size);
  });
}

/** For each input, the outputs that read it and by which place: the taps of the gradient. */
export function reversed(size: number, outputs: number, window: Window): Tap[][] {
  const lists: Tap[][] = Array.from({ length: size }, () => []);
  taps(size, outputs, window).forEach((list, output) => {
    for (const [place, source] of list) lists[source]?.push([place, output]);
  });
  return lists;
}

/** Outputs with the same pattern of taps share a table: class and first source of each output. */
export interface Classes {
  readonly classes: readonly number[];
  readonly starts: readonly number[];
  /** Taps of each class, sources relative to the first. */
  readonly patterns: readonly (readonly Tap[])[];
}

export function classesOf(lists: readonly (readonly Tap[])[]): Classes {
  const patterns: Tap[][] = [];
  const numbers = new Map<string, number>();
  const classes: number[] = [];
  const starts: number[] = [];
  for (const list of lists) {
    const start = list.length ? Math.min(...list.map(([, source]) => source)) : 0;
    const pattern = list.map(([place, source]): Tap => [place, source - start]);
    const name = pattern.join(";");
    const known = numbers.get(name) ?? patterns.push(pattern) - 1;
    numbers.set(name, known);
    classes.push(known);
    starts.push(start);
  }
  return { classes, starts, patterns };
}

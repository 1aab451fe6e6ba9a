/** Sliding windows along one axis: position i reads i * stride - padding + t * dilation. */

import { numberOf, pairOf, wordOf, type Pair } from "$/explain/settings";
import { range } from "$/explain/shape";
import type { Layer, Reads } from "$/explain/types";

export interface Window {
  readonly size: number;
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
  /** Padding at the end of the axis. */
  readonly end: number;
  readonly dilation: number;
}

/** Return the windows along height and width. A stride left out is 1, or of poolings the kernel's. */
export function windowsOf(layer: Layer, pools = false): readonly [Window, Window] {
  const { settings } = layer;
  const [input] = layer.inputs;
  const sizes: Pair = [input?.height ?? 1, input?.width ?? 1];
  const kernel = pairOf(settings, "kernel_size", [1, 1]);
  const stride = pairOf(settings, "stride", pools ? kernel : [1, 1]);
  const dilation = pairOf(settings, "dilation", [1, 1]);
  const same = wordOf(settings, "padding", "").startsWith("same");
  const padding = pairOf(settings, "padding", [0, 0]);
  const along = (axis: 0 | 1): Window => {
    const window = {
      size: sizes[axis],
      kernel: kernel[axis],
      stride: stride[axis],
      padding: padding[axis],
      end: padding[axis],
      dilation: dilation[axis],
    };
    return same ? samePadded(window) : window;
  };
  return [along(0), along(1)];
}

/** Pad to ceil(size / stride) windows; an odd padding is longer at the end. */
function samePadded(window: Window): Window {
  const extent = window.dilation * (window.kernel - 1) + 1;
  const windows = Math.ceil(window.size / window.stride);
  const total = Math.max((windows - 1) * window.stride + extent - window.size, 0);
  const padding = Math.floor(total / 2);
  return { ...window, padding, end: total - padding };
}

/** Return the positions that a window covers, the padding's too. */
export function covered(window: Window, position: number): number[] {
  const start = position * window.stride - window.padding;
  return range(0, window.kernel).map((tap) => start + tap * window.dilation);
}

/** Return the input position of each position of an axis; -1 for a zero of the padding. */
export function sourceOf(place: number, size: number, mode: string): number {
  if (mode === "circular") return ((place % size) + size) % size;
  if (mode === "replicate") return Math.min(Math.max(place, 0), size - 1);
  if (mode === "reflect") return size - 1 - Math.abs(size - 1 - Math.abs(place));
  return place >= 0 && place < size ? place : -1;
}

export function isInside(window: Window): (place: number) => boolean {
  return (place) => place >= 0 && place < window.size;
}

/** Return which inputs a position reads, once each. */
export function windowReads(window: Window, mode = "zeros"): Reads {
  return (position) => {
    const sources = covered(window, position).map((place) => sourceOf(place, window.size, mode));
    return [...new Set(sources)].filter((source) => source >= 0);
  };
}

export const own: Reads = (position) => [position];

/** Return the reading of all of an axis, as one list that is shared. */
export function every(count: number): Reads {
  const all = range(0, count);
  return () => all;
}

/** Return the reading of the part of an axis that the position belongs to, of `parts` equal ones. */
export function grouped(inputs: number, outputs: number, parts: number): Reads {
  const lists = range(0, parts).map((part) => range((part * inputs) / parts, inputs / parts));
  const none: readonly number[] = [];
  return (position) => lists[Math.floor((position * parts) / outputs)] ?? none;
}

export function strideOf(layer: Layer): number {
  return numberOf(layer.settings, "stride", 1);
}

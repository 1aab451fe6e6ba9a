/** Kernels and feature maps as tiles of one picture. */

import type { Tensor } from "$/model/types";
import { around, paint, spanning } from "$/payload/paint";

export interface Sheet {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;
  /** Pixels of the screen for one number. */
  readonly zoom: number;
  readonly shown: number;
  readonly total: number;
}

const GAP = 1;
const MOST_TILES = 32;
/** Width on the screen that a row of tiles fills at most. */
const ROW = 348;

/** Return a weight as tiles, blue below zero and red above: one for each kernel, or one matrix. */
export function kernelSheet({ shape, data }: Tensor): Sheet | null {
  const scale = around(data);
  if (shape.length === 4) {
    const [outputs = 0, inputs = 0, height = 0, width = 0] = shape;
    const first = Math.min(outputs * inputs, MOST_TILES);
    return sheet(paint(data, scale), { count: first, total: outputs * inputs, height, width });
  }
  if (shape.length === 3) {
    const [links = 0, height = 0, width = 0] = shape;
    const count = Math.min(links, MOST_TILES);
    return sheet(paint(data, scale), { count, total: links, height, width });
  }
  const [outputs = 0, inputs = 0] = shape;
  if (shape.length !== 2) return null;
  return sheet(paint(data, scale), { count: 1, total: 1, height: outputs, width: inputs });
}

/** Return the output of a layer for one image as tiles, or a vector as one row of squares. */
export function mapSheet({ shape, data }: Tensor): Sheet | null {
  const low = data.reduce((least, value) => Math.min(least, value), 0);
  const pixels = paint(data, low < 0 ? around(data) : spanning(data));
  if (shape.length === 3) {
    const [channels = 0, height = 0, width = 0] = shape;
    const count = Math.min(channels, MOST_TILES);
    return sheet(pixels, { count, total: channels, height, width });
  }
  const count = Math.min(data.length, 128);
  return sheet(pixels, { count, total: data.length, height: 1, width: 1 });
}

interface Tiles {
  readonly count: number;
  readonly total: number;
  readonly height: number;
  readonly width: number;
}

function sheet(painted: Uint8ClampedArray, { count, total, height, width }: Tiles): Sheet | null {
  if (count === 0 || height === 0 || width === 0) return null;
  const wish = width === 1 ? 9 : width <= 7 ? 5 : width <= 14 ? 3 : width <= 40 ? 2 : 1;
  const zoom = Math.max(1, Math.min(wish, Math.floor(ROW / width)));
  const columns = Math.max(1, Math.min(count, Math.floor(ROW / zoom / (width + GAP))));
  const rows = Math.ceil(count / columns);
  const wide = columns * (width + GAP) - GAP;
  const high = rows * (height + GAP) - GAP;
  const pixels = new Uint8ClampedArray(4 * wide * high);
  for (let tile = 0; tile < count; tile++) {
    const left = (tile % columns) * (width + GAP);
    const top = Math.floor(tile / columns) * (height + GAP);
    for (let row = 0; row < height; row++) {
      const from = 4 * (tile * height + row) * width;
      pixels.set(painted.subarray(from, from + 4 * width), 4 * ((top + row) * wide + left));
    }
  }
  return { width: wide, height: high, pixels, zoom, shown: count, total };
}

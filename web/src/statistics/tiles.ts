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
const MOST_POINTS = 128;
const MOST_ROWS = 128;
/** Width on the screen that a row of tiles fills at most. */
const ROW = 348;

/** Return a weight as tiles, blue below zero and red above: one for each kernel, or one matrix. */
export function kernelSheet({ shape, data }: Tensor): Sheet | null {
  const tiles = tilesOf(shape);
  if (!tiles) return null;
  // only what is shown is painted: this runs while training does
  const shown = data.subarray(0, tiles.count * tiles.height * tiles.width);
  return sheet(paint(shown, around(shown)), tiles);
}

function tilesOf(shape: readonly number[]): Tiles | null {
  const [first = 0, second = 0, third = 0, fourth = 0] = shape;
  const most = (total: number): number => Math.min(total, MOST_TILES);
  switch (shape.length) {
    case 4: {
      const total = first * second;
      return { count: most(total), total, height: third, width: fourth };
    }
    case 3:
      return { count: most(first), total: first, height: second, width: third };
    case 2: {
      const height = Math.min(first, MOST_ROWS);
      return { count: 1, total: 1, height, width: second };
    }
    default:
      return null;
  }
}

/** Return the output of a layer for one image as tiles, or a vector as one row of squares. */
export function mapSheet({ shape, data }: Tensor): Sheet | null {
  const [channels = 0, height = 1, width = 1] = shape;
  const isPoint = shape.length === 1 || (height === 1 && width === 1);
  const count = Math.min(channels, isPoint ? MOST_POINTS : MOST_TILES);
  const shown = data.subarray(0, count * height * width);
  const low = shown.reduce((least, value) => Math.min(least, value), 0);
  const pixels = paint(shown, low < 0 ? around(shown) : spanning(shown));
  return sheet(pixels, { count, total: channels, height, width });
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

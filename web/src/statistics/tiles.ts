/** Kernels and feature maps as tiles of one picture. */

import type { Tensor } from "$/model/types";
import { around, paint, spanning } from "$/payload/paint";
import type { Scale } from "$/payload/types";

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

/**
 * Return a weight as tiles, blue below zero and red above: one for each kernel, or one matrix.
 * Kernels over three channels, as those of colour images, are pictures in which 0 is grey.
 *
 * `reach`: magnitude of the strongest colours; by default the largest that is shown.
 */
export function kernelSheet({ shape, data }: Tensor, reach?: number): Sheet | null {
  if (shape.length === 4 && shape[1] === 3) return colourSheet({ shape, data }, reach);
  const tiles = tilesOf(shape);
  if (!tiles) return null;
  // only what is shown is painted: this runs while training does
  const shown = data.subarray(0, tiles.count * tiles.height * tiles.width);
  return sheet(paint(shown, scaleOf(shown, reach)), tiles);
}

const scaleOf = (values: Float32Array, reach: number | undefined): Scale =>
  reach === undefined
    ? around(values)
    : { colours: "blue-white-red", low: -reach || -1, high: reach || 1 };

/** Kernels (K, 3, H, W) as colours: red, green and blue, -reach black and reach white. */
function colourSheet({ shape, data }: Tensor, reach?: number): Sheet | null {
  const [kernels = 0, , height = 0, width = 0] = shape;
  const count = Math.min(kernels, MOST_TILES);
  const plane = height * width;
  const shown = data.subarray(0, 3 * count * plane);
  const most = reach ?? shown.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  const pixels = new Uint8ClampedArray(4 * count * plane);
  for (let kernel = 0; kernel < count; kernel++) {
    for (let place = 0; place < plane; place++) {
      const at = 4 * (kernel * plane + place);
      for (let channel = 0; channel < 3; channel++) {
        const value = shown[(3 * kernel + channel) * plane + place] ?? 0;
        pixels[at + channel] = 127.5 + (127.5 * value) / (most || 1);
      }
      pixels[at + 3] = 255;
    }
  }
  return sheet(pixels, { count, total: kernels, height, width });
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

/**
 * Return the output of a layer for one image as tiles, or a vector as one row of squares.
 *
 * `reach`: magnitude of the strongest colours; by default the largest that is shown.
 */
export function mapSheet({ shape, data }: Tensor, reach?: number): Sheet | null {
  const [channels = 0, height = 1, width = 1] = shape;
  const isPoint = shape.length === 1 || (height === 1 && width === 1);
  const count = Math.min(channels, isPoint ? MOST_POINTS : MOST_TILES);
  const shown = data.subarray(0, count * height * width);
  const low = shown.reduce((least, value) => Math.min(least, value), 0);
  const positive: Scale =
    reach === undefined ? spanning(shown) : { colours: "viridis", low: 0, high: reach || 1 };
  const pixels = paint(shown, low < 0 ? scaleOf(shown, reach) : positive);
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

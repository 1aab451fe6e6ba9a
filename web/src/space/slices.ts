/** Textures of a box: three slices through a volume of channels x rows x columns. */

import { mapsOf } from "$/explain/shape";
import type { Tensor } from "$/model/types";
import { painted } from "$/space/colours";

/** RGBA bytes, the last row first, as textures are stored. */
export interface Slice {
  readonly width: number;
  readonly height: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export interface Slices {
  /** Rows x columns of one channel, or the image in its colours. */
  readonly front: Slice;
  /** Rows x channels, at the middle column. */
  readonly side: Slice;
  /** Columns x channels, at the middle row. */
  readonly top: Slice;
}

/** Return the number of the channel with the largest mean activation, by its size. */
export function strongest({ shape, data }: Tensor): number {
  const { channels, height, width } = mapsOf(shape);
  const area = height * width;
  let best = 0;
  let most = -1;
  for (let channel = 0; channel < channels; channel++) {
    let sum = 0;
    for (let i = 0; i < area; i++) sum += Math.abs(data[channel * area + i] ?? 0);
    if (sum > most) [best, most] = [channel, sum];
  }
  return best;
}

export function slicesOf(tensor: Tensor, channel: number, isImage: boolean): Slices {
  const { channels, height, width } = mapsOf(tensor.shape);
  const colours = painted(tensor, isImage);
  const area = height * width;
  if (area === 1) {
    const column = sliced(colours, 1, channels, (_, row) => row);
    return { front: column, side: column, top: sliced(colours, 1, 1, () => 0) };
  }
  const [row, col] = [height >> 1, width >> 1];
  const front =
    isImage && channels >= 3
      ? inColour(colours, width, height)
      : sliced(colours, width, height, (x, y) => channel * area + y * width + x);
  return {
    front,
    side: sliced(colours, channels, height, (x, y) => x * area + y * width + col),
    top: sliced(colours, channels, width, (x, y) => x * area + row * width + y),
  };
}

function sliced(
  colours: Uint8ClampedArray,
  width: number,
  height: number,
  index: (x: number, y: number) => number,
): Slice {
  const bytes = new Uint8Array(4 * width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = 4 * index(x, y);
      bytes.set(colours.subarray(from, from + 4), 4 * ((height - 1 - y) * width + x));
    }
  }
  return { width, height, bytes };
}

function inColour(greys: Uint8ClampedArray, width: number, height: number): Slice {
  const area = width * height;
  const bytes = new Uint8Array(4 * area).fill(255);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const to = 4 * ((height - 1 - y) * width + x);
      for (let channel = 0; channel < 3; channel++)
        bytes[to + channel] = greys[4 * (channel * area + y * width + x)] ?? 0;
    }
  }
  return { width, height, bytes };
}

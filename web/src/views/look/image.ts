/** The prepared image as pixels: its numbers, spread over the grey levels. */

import { range } from "$/payload/arrays";
import { pixelScale } from "$/payload/paint";
import type { Scale } from "$/payload/types";
import type { Tensor } from "$/model/types";

export interface Pixels {
  /** One number per pixel, or three, channels innermost. */
  readonly values: ArrayLike<number>;
  readonly width: number;
  readonly height: number;
  readonly scale: Scale;
}

/** Return the first channel in grey, or the first three in colour. */
export function pixelsOf({ shape, data }: Tensor): Pixels {
  const [channels = 1, height = 1, width = 1] = shape;
  const area = width * height;
  const [low, high] = range(data);
  const span = high > low ? high - low : 1;
  if (channels < 3) {
    const scale: Scale = { ...pixelScale(1), low, high: low + span };
    return { values: data.subarray(0, area), width, height, scale };
  }
  const values = Float32Array.from(
    { length: 3 * area },
    (_, place) => data[(place % 3) * area + Math.floor(place / 3)] ?? 0,
  );
  return { values, width, height, scale: { ...pixelScale(3), low, high: low + span } };
}

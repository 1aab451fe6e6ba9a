/** Images as pixels to paint: the prepared one, its numbers spread over the grey levels, and the user's. */

import { range } from "$/payload/arrays";
import { pixelScale } from "$/payload/paint";
import type { Scale } from "$/payload/types";
import type { Picture, Tensor } from "$/model/types";

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

const MOST_PAINTED = 2 ** 19; // pixels; larger photos are painted with every second, third ... one

/** Return the user's picture, and how many of its pixels a painted one stands for. */
export function paintedOf(picture: Picture): Pixels & { readonly every: number } {
  const { width, height, channels, data } = picture;
  const every = Math.ceil(Math.sqrt((width * height) / MOST_PAINTED));
  const scale = pixelScale(channels);
  if (every === 1) return { values: data, width, height, scale, every };
  const [wide, high] = [Math.floor(width / every), Math.floor(height / every)];
  const values = new Uint8Array(wide * high * channels);
  for (let row = 0; row < high; row++)
    for (let col = 0; col < wide; col++)
      for (let channel = 0; channel < channels; channel++)
        values[(row * wide + col) * channels + channel] =
          data[(row * every * width + col * every) * channels + channel] ?? 0;
  return { values, width: wide, height: high, scale, every };
}

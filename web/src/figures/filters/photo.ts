/** Photos that the filters work on. */

import type { Image } from "$/filters/image";
import type { Target } from "$/input/types";
import type { Picture } from "$/model/types";

/** Larger photos are reduced, so that every filter answers while one drags. */
const MOST_PIXELS = 200_000;

export const TARGET: Target = {
  channels: 3,
  background: [255, 255, 255],
  digits: false,
  trained: null,
  size: [1, 1],
};

/** Return a picture with at most so many pixels: means of blocks. */
export function reduced(picture: Picture): Image {
  const { width, height, channels, data } = picture;
  const block = Math.ceil(Math.sqrt((width * height) / MOST_PIXELS));
  if (block === 1) return { width, height, channels, data };
  const [cols, rows] = [Math.floor(width / block), Math.floor(height / block)];
  const result = new Uint8Array(Math.max(1, rows) * Math.max(1, cols) * channels);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < cols; j++)
      for (let c = 0; c < channels; c++) {
        let total = 0;
        for (let u = 0; u < block; u++)
          for (let v = 0; v < block; v++)
            total += data[((i * block + u) * width + j * block + v) * channels + c] ?? 0;
        result[(i * cols + j) * channels + c] = Math.round(total / block ** 2);
      }
  return { width: Math.max(1, cols), height: Math.max(1, rows), channels, data: result };
}

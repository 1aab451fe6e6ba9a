/** Weighted sums of windows. */

import { padded, rint, type Border, type Image } from "$/filters/image";
import { isSigned, type Kernel } from "$/filters/kernel";

/** Result of a filter: signed ones are not clipped, others are whole numbers from 0 to 255. */
export interface Result {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly data: Float32Array;
  readonly view: View;
}

/** How a result is shown: as it is, its magnitude, its magnitude made brighter, or as hues. */
export type View = "same" | "absolute" | "scaled" | "angle";

/** Return y[i, j] = sum of k[u, v] x[i + u - h/2, j + v - w/2] of each channel, as it is. */
export function weighted(image: Image, kernel: Kernel, border: Border): Float32Array {
  const { width, height, channels } = image;
  const [down, across] = [(kernel.rows - 1) / 2, (kernel.cols - 1) / 2];
  const source = padded(image, down, across, border);
  const wide = (width + 2 * across) * channels;
  const result = new Float32Array(width * height * channels);
  // in float64, one row at a time
  const row = new Float64Array(width * channels);
  for (let i = 0; i < height; i++) {
    row.fill(0);
    kernel.values.forEach((value, place) => {
      if (value === 0) return;
      const [u, v] = [Math.floor(place / kernel.cols), place % kernel.cols];
      const from = (i + u) * wide + v * channels;
      for (let j = 0; j < row.length; j++) row[j] = (row[j] ?? 0) + value * (source[from + j] ?? 0);
    });
    result.set(row, i * row.length);
  }
  return result;
}

/** Return the correlation of an image with a kernel. */
export function correlate(image: Image, kernel: Kernel, border: Border): Result {
  const { width, height, channels } = image;
  const data = weighted(image, kernel, border);
  const signed = isSigned(kernel);
  if (!signed) clip(data);
  return { width, height, channels, data, view: signed ? "absolute" : "same" };
}

/** Round to whole numbers from 0 to 255, in place. */
export function clip(data: Float32Array): Float32Array {
  for (let place = 0; place < data.length; place++)
    data[place] = Math.min(255, Math.max(0, rint(data[place] ?? 0)));
  return data;
}

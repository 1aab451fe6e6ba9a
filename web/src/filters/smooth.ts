/** Smoothing that is not one kernel of whole numbers: mean, Gaussian, median, bilateral. */

import { padded, type Border, type Image } from "$/filters/image";
import { clip, weighted, type Result } from "$/filters/linear";
import type { Kernel } from "$/filters/kernel";

const TRUNCATE = 4; // sigmas, as SciPy

/** Return the radius of a Gaussian in pixels: 4 sigma, rounded. */
export const gaussianRadius = (sigma: number): number => Math.floor(TRUNCATE * sigma + 0.5);

/** Return exp(-x^2 / 2 sigma^2) at -radius ... radius, with sum 1. */
export function gaussianWeights(sigma: number, radius: number): readonly number[] {
  const weights = Array.from({ length: 2 * radius + 1 }, (_, place) =>
    Math.exp(-0.5 * ((place - radius) / sigma) ** 2),
  );
  const total = weights.reduce((sum, one) => sum + one, 0);
  return weights.map((weight) => weight / total);
}

/** Return the correlation with the outer product of a column and a row, in two passes. */
export function separable(
  image: Image,
  column: readonly number[],
  row: readonly number[],
  border: Border,
): Float32Array {
  const vertical: Kernel = { rows: column.length, cols: 1, values: column };
  const horizontal: Kernel = { rows: 1, cols: row.length, values: row };
  const between = weighted(image, horizontal, border);
  return weighted({ ...image, data: between }, vertical, border);
}

export function mean(image: Image, size: number, border: Border): Result {
  const weights = new Array<number>(size).fill(1 / size);
  return { ...sizes(image), data: clip(separable(image, weights, weights, border)), view: "same" };
}

export function gaussian(image: Image, sigma: number, border: Border): Result {
  const weights = gaussianWeights(sigma, gaussianRadius(sigma));
  return { ...sizes(image), data: clip(separable(image, weights, weights, border)), view: "same" };
}

/** Return the median of each window; the histogram of a window moves along the row (Huang 1979). */
export function median(image: Image, size: number, border: Border): Result {
  const { width, height, channels } = image;
  const radius = (size - 1) / 2;
  const source = padded(image, radius, radius, border);
  const wide = (width + 2 * radius) * channels;
  const data = new Float32Array(width * height * channels);
  const half = (size * size - 1) / 2;
  const counts = new Int32Array(256);
  for (let c = 0; c < channels; c++)
    for (let i = 0; i < height; i++) {
      counts.fill(0);
      let [middle, below] = [0, 0]; // `below` of the window are less than `middle`
      const change = (col: number, by: number): void => {
        for (let u = 0; u < size; u++) {
          const value = source[(i + u) * wide + col * channels + c] ?? 0;
          counts[value] = (counts[value] ?? 0) + by;
          if (value < middle) below += by;
        }
      };
      for (let v = 0; v < size; v++) change(v, 1);
      for (let j = 0; j < width; j++) {
        if (j > 0) {
          change(j - 1, -1);
          change(j + size - 1, 1);
        }
        while (below > half) below -= counts[--middle] ?? 0;
        while (below + (counts[middle] ?? 0) <= half) below += counts[middle++] ?? 0;
        data[(i * width + j) * channels + c] = middle;
      }
    }
  return { ...sizes(image), data, view: "same" };
}

/**
 * Return the average over neighbours that are near in place and in value (Tomasi and Manduchi 1998).
 *
 * Weights exp(-d^2 / 2 sigma^2) exp(-|x - x0|^2 / 2 (255 s)^2) within a disc of diameter `size`;
 * |x - x0| is summed over the channels, as OpenCV does.
 */
export function bilateral(
  image: Image,
  { size, sigma, share }: { size: number; sigma: number; share: number },
  border: Border,
): Result {
  const { width, height, channels } = image;
  const radius = (size - 1) / 2;
  const source = padded(image, radius, radius, border);
  const wide = (width + 2 * radius) * channels;
  const data = new Float32Array(width * height * channels);
  const scale = -0.5 / (share * 255) ** 2;
  const byValue = Float64Array.from({ length: 255 * channels + 1 }, (_, difference) =>
    Math.exp(difference * difference * scale),
  );
  const window = disc(radius, sigma, wide, channels);
  const sums = new Float64Array(channels);
  for (let i = 0; i < height; i++)
    for (let j = 0; j < width; j++) {
      const centre = (i + radius) * wide + (j + radius) * channels;
      sums.fill(0);
      let total = 0;
      for (const { offset, weight } of window) {
        let difference = 0;
        for (let c = 0; c < channels; c++)
          difference += Math.abs((source[centre + offset + c] ?? 0) - (source[centre + c] ?? 0));
        const own = weight * (byValue[difference] ?? 0);
        total += own;
        for (let c = 0; c < channels; c++)
          sums[c] = (sums[c] ?? 0) + own * (source[centre + offset + c] ?? 0);
      }
      for (let c = 0; c < channels; c++)
        data[(i * width + j) * channels + c] = (sums[c] ?? 0) / total;
    }
  return { ...sizes(image), data: clip(data), view: "same" };
}

/** Return the pixels within a disc: offsets in the padded image, and weights by distance. */
function disc(
  radius: number,
  sigma: number,
  wide: number,
  channels: number,
): readonly { readonly offset: number; readonly weight: number }[] {
  const pixels: { offset: number; weight: number }[] = [];
  for (let u = -radius; u <= radius; u++)
    for (let v = -radius; v <= radius; v++) {
      const distance = u * u + v * v;
      if (distance > radius * radius) continue;
      const weight = Math.exp((-0.5 * distance) / (sigma * sigma));
      pixels.push({ offset: u * wide + v * channels, weight });
    }
  return pixels;
}

export const sizes = ({ width, height, channels }: Image): Omit<Result, "data" | "view"> => ({
  width,
  height,
  channels,
});

/** Similarity of an image to its original, as `convscope.filters.quality`. */

import type { Image } from "$/filters/image";
import { weighted } from "$/filters/linear";
import { gaussianWeights } from "$/filters/smooth";

/** Return 10 log10(255^2 / mean((a - b)^2)) in decibels; infinite for equal images. */
export function psnr(image: Image, original: Image): number {
  let total = 0;
  for (let place = 0; place < image.data.length; place++)
    total += ((image.data[place] ?? 0) - (original.data[place] ?? 0)) ** 2;
  return 10 * Math.log10((255 ** 2 * image.data.length) / total);
}

const RADIUS = 5; // windows of 11 x 11, as the paper has it
const SIGMA = 1.5;
const [C1, C2] = [(0.01 * 255) ** 2, (0.03 * 255) ** 2];

/**
 * Return the mean structural similarity of the windows inside the image, from -1 to 1.
 *
 * NaN for images smaller than 11 x 11. Paper: Wang et al. 2004.
 */
export function ssim(image: Image, original: Image): number {
  const { width, height, channels } = image;
  if (Math.min(width, height) < 2 * RADIUS + 1) return NaN;
  const weights = gaussianWeights(SIGMA, RADIUS);
  const side = 2 * RADIUS + 1;
  const kernel = {
    rows: side,
    cols: side,
    values: weights.flatMap((a) => weights.map((b) => a * b)),
  };
  // variances are differences of squares, which are inexact far from 0
  const shift = (value: number): number => value - 128;
  const a = Float32Array.from(image.data, shift);
  const b = Float32Array.from(original.data, shift);
  const mean = (data: Float32Array): Float32Array =>
    weighted({ width, height, channels, data }, kernel, "edge");
  const times = (x: Float32Array, y: Float32Array): Float32Array =>
    x.map((value, place) => value * (y[place] ?? 0));
  const means = [mean(a), mean(b), mean(times(a, a)), mean(times(b, b)), mean(times(a, b))];
  let [total, count] = [0, 0];
  for (let i = RADIUS; i < height - RADIUS; i++)
    for (let j = RADIUS; j < width - RADIUS; j++)
      for (let c = 0; c < channels; c++) {
        const place = (i * width + j) * channels + c;
        const [p = 0, q = 0, pp = 0, qq = 0, pq = 0] = means.map((each) => each[place] ?? 0);
        const [x, y] = [p + 128, q + 128];
        const above = (2 * x * y + C1) * (2 * (pq - p * q) + C2);
        const below = (x * x + y * y + C1) * (pp - p * p + (qq - q * q) + C2);
        total += above / below;
        count += 1;
      }
  return total / count;
}

/** Kernels as pictures: mid-grey is 0, and each kernel has its own scale. */

import type { Kernels } from "$/figures/first_kernels/records";

/** Pixels of a kernel, RGBA. */
export function pixelsOf(
  { shape, values }: Kernels,
  kernel: number,
): Uint8ClampedArray<ArrayBuffer> {
  const [, channels, rows, columns] = shape;
  const plane = rows * columns;
  const own = values.subarray(kernel * channels * plane, (kernel + 1) * channels * plane);
  const most = largest(own) || 1;
  const pixels = new Uint8ClampedArray(4 * plane);
  for (let place = 0; place < plane; place++) {
    for (let colour = 0; colour < 3; colour++) {
      const value = own[Math.min(colour, channels - 1) * plane + place] ?? 0;
      pixels[4 * place + colour] = 127.5 + (127.5 * value) / most;
    }
    pixels[4 * place + 3] = 255;
  }
  return pixels;
}

export const largest = (values: Float32Array): number =>
  values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/** Share of the weights' energy that is the same in all three channels: 1 for a grey kernel. */
export function greyShare({ shape, values }: Kernels, kernel: number): number {
  const [, channels, rows, columns] = shape;
  const plane = rows * columns;
  const start = kernel * channels * plane;
  let [grey, all] = [0, 0];
  for (let place = 0; place < plane; place++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) {
      const value = values[start + channel * plane + place] ?? 0;
      sum += value;
      all += value * value;
    }
    grey += (sum * sum) / channels;
  }
  return all === 0 ? 1 : grey / all;
}

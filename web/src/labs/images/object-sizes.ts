/** One object at several sizes through kernels of several sizes, as `convscope.labs.object_sizes`. */

export const SIDE = 33;
export const SIZES = [3, 7, 13] as const;
export const MOST_SIZE = 25;

/** Return 1 inside a disc in the middle and 0 outside, smooth at its edge: side x side. */
export function disc(side: number, diameter: number): Float64Array {
  const middle = (side - 1) / 2;
  return Float64Array.from({ length: side * side }, (_, n) => {
    const distance = Math.hypot(Math.floor(n / side) - middle, (n % side) - middle);
    return Math.min(1, Math.max(0, diameter / 2 + 0.5 - distance));
  });
}

export const detectorSide = (size: number): number => size + 4;

/** Return the kernel for discs of a diameter, (size + 4) square: its sum is 0 and its norm is 1. */
export function detector(size: number): Float64Array {
  const kernel = disc(detectorSide(size), size);
  const mean = kernel.reduce((sum, value) => sum + value, 0) / kernel.length;
  const centred = kernel.map((value) => value - mean);
  const norm = Math.sqrt(centred.reduce((sum, value) => sum + value * value, 0));
  return centred.map((value) => value / norm);
}

/** Return the response of a kernel at every place of an object's picture, 33 x 33. */
export function responseMap(diameter: number, size: number): Float64Array {
  const [picture, kernel] = [disc(SIDE, diameter), detector(size)];
  const side = detectorSide(size);
  const radius = (side - 1) / 2;
  const result = new Float64Array(SIDE * SIDE);
  for (let i = 0; i < SIDE; i++)
    for (let j = 0; j < SIDE; j++) {
      let total = 0;
      for (let u = Math.max(0, radius - i); u < Math.min(side, SIDE + radius - i); u++)
        for (let v = Math.max(0, radius - j); v < Math.min(side, SIDE + radius - j); v++)
          total +=
            (picture[(i + u - radius) * SIDE + j + v - radius] ?? 0) * (kernel[u * side + v] ?? 0);
      result[i * SIDE + j] = total;
    }
  return result;
}

/** Return the largest response of a kernel to an object. */
export const largestResponse = (diameter: number, size: number): number =>
  responseMap(diameter, size).reduce((most, value) => Math.max(most, value), -Infinity);

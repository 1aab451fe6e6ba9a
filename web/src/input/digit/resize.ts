/**
 * Antialiased resizing as Pillow does it: rows first, then columns.
 *
 * Every pixel is the weighted mean of those below a filter that grows with the reduction.
 */

import { plane, type Plane } from "$/input/digit/numbers";

interface Filter {
  /** Half of its width, in pixels of the smaller image. */
  readonly reach: number;
  weight(distance: number): number;
}

const CUBIC = -0.5;

export const FILTERS = {
  box: { reach: 0.5, weight: (x: number) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  linear: { reach: 1, weight: (x: number) => Math.max(0, 1 - Math.abs(x)) },
  cubic: {
    reach: 2,
    weight: (signed: number) => {
      const x = Math.abs(signed);
      if (x < 1) return ((CUBIC + 2) * x - (CUBIC + 3)) * x * x + 1;
      return x < 2 ? (((x - 5) * x + 8) * x - 4) * CUBIC : 0;
    },
  },
} as const satisfies Readonly<Record<string, Filter>>;

interface Window {
  readonly first: number;
  readonly weights: readonly number[];
}

function windows(from: number, to: number, { reach, weight }: Filter): Window[] {
  const scale = from / to;
  const wide = Math.max(scale, 1);
  return Array.from({ length: to }, (_, k) => {
    const centre = (k + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - reach * wide + 0.5));
    const last = Math.min(from, Math.trunc(centre + reach * wide + 0.5));
    const weights = Array.from({ length: last - first }, (__, j) =>
      weight((j + first - centre + 0.5) / wide),
    );
    const total = weights.reduce((sum, w) => sum + w, 0);
    return { first, weights: total ? weights.map((w) => w / total) : weights };
  });
}

/** Sum of one window: in floating point, or in fixed point of 22 bits as for 8-bit images. */
type Sum = (
  values: Float32Array,
  start: number,
  step: number,
  weights: readonly number[],
) => number;

const real: Sum = (values, start, step, weights) => {
  let sum = 0;
  for (let k = 0; k < weights.length; k += 1)
    sum += (values[start + k * step] ?? 0) * (weights[k] ?? 0);
  return sum;
};

const UNIT = 2 ** 22;

const byte: Sum = (values, start, step, weights) => {
  let sum = UNIT / 2;
  for (let k = 0; k < weights.length; k += 1) {
    const weight = (weights[k] ?? 0) * UNIT;
    sum += (values[start + k * step] ?? 0) * Math.trunc(weight + (weight < 0 ? -0.5 : 0.5));
  }
  return Math.min(255, Math.max(0, Math.floor(sum / UNIT)));
};

/**
 * (H, W) -> (height, width).
 *
 * `kind`: "real" for floating-point numbers, "byte" for 0 to 255, rounded after each direction.
 */
export function resize(
  image: Plane,
  width: number,
  height: number,
  filter: Filter,
  kind: "real" | "byte" = "real",
): Plane {
  const sum = kind === "byte" ? byte : real;
  let result = image;
  if (width !== image.width) {
    const next = plane(width, image.height);
    const columns = windows(image.width, width, filter);
    for (let y = 0; y < image.height; y += 1)
      columns.forEach(({ first, weights }, x) => {
        next.data[y * width + x] = sum(image.data, y * image.width + first, 1, weights);
      });
    result = next;
  }
  if (height === result.height) return result;
  const next = plane(width, height);
  windows(result.height, height, filter).forEach(({ first, weights }, y) => {
    for (let x = 0; x < width; x += 1)
      next.data[y * width + x] = sum(result.data, first * width + x, width, weights);
  });
  return next;
}

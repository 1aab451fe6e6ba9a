/**
 * A filter that gradient descent recovers from a photo and its filtered image, as
 * `convscope.labs.learnable_filter`.
 *
 *     L(k) = sum over n windows of (window . k - target)^2 / 2n
 *
 * The loss is quadratic: three sums over all windows give it and its gradient for every kernel.
 */

import { draws } from "$/labs/draws";

/** A grey photo from 0 to 1, rows first. */
export interface Grey {
  readonly width: number;
  readonly height: number;
  readonly data: Float64Array;
}

export const MOST_LR = 10;
const MAX_SIDE = 256;
const MOST_STEPS = 20_000;
const SMALLEST_CHANGE = 1e-8;
const DIVERGED = 1e6;

/** Return the centre of a photo, at most 256 x 256. */
export function cropped({ width, height, data }: Grey): Grey {
  const [top, left] = [height, width].map((side) => Math.max(0, Math.floor((side - MAX_SIDE) / 2)));
  const [rows, cols] = [Math.min(MAX_SIDE, height), Math.min(MAX_SIDE, width)];
  const result = new Float64Array(rows * cols);
  for (let row = 0; row < rows; row++) {
    const from = (row + (top ?? 0)) * width + (left ?? 0);
    result.set(data.subarray(from, from + cols), row * cols);
  }
  return { width: cols, height: rows, data: result };
}

/** Return every output of a kernel that has its whole window inside: (H - h + 1, W - w + 1). */
export function filtered(
  { width, height, data }: Grey,
  kernel: ArrayLike<number>,
  side: number,
): Grey {
  const [rows, cols] = [height - side + 1, width - side + 1];
  const result = new Float64Array(rows * cols);
  for (let u = 0; u < side; u++)
    for (let v = 0; v < side; v++) {
      const weight = kernel[u * side + v] ?? 0;
      if (weight === 0) continue;
      for (let row = 0; row < rows; row++) {
        const [to, from] = [row * cols, (row + u) * width + v];
        for (let col = 0; col < cols; col++)
          result[to + col] = (result[to + col] ?? 0) + weight * (data[from + col] ?? 0);
      }
    }
  return { width: cols, height: rows, data: result };
}

export interface Quadratic {
  /** windows^T windows / n, (s^2, s^2) for a kernel of side s. */
  readonly products: Float64Array;
  /** windows^T target / n. */
  readonly correlation: Float64Array;
  /** target^T target / n. */
  readonly energy: number;
  /** Largest curvature: its inverse is the largest learning rate that is always safe. */
  readonly curvature: number;
}

export function quadratic(photo: Grey, target: Grey, side: number): Quadratic {
  const size = side * side;
  const count = target.width * target.height;
  const products = new Float64Array(size * size);
  const correlation = new Float64Array(size);
  for (let a = 0; a < size; a++) {
    correlation[a] = shifted(photo, target, a, side) / count;
    for (let b = a; b < size; b++) {
      const sum = together(photo, target, [a, b], side) / count;
      products[a * size + b] = sum;
      products[b * size + a] = sum;
    }
  }
  const energy = target.data.reduce((sum, value) => sum + value * value, 0) / count;
  return { products, correlation, energy, curvature: largestEigenvalue(products, size) };
}

/** Sum of pixel a of each window times the target. */
function shifted(photo: Grey, { width, height, data }: Grey, a: number, side: number): number {
  const start = Math.floor(a / side) * photo.width + (a % side);
  let sum = 0;
  for (let row = 0; row < height; row++)
    for (let col = 0; col < width; col++)
      sum += (photo.data[start + row * photo.width + col] ?? 0) * (data[row * width + col] ?? 0);
  return sum;
}

/** Sum of pixel a times pixel b of each window. */
function together(
  { width: wide, data }: Grey,
  { width, height }: Grey,
  [a, b]: readonly [number, number],
  side: number,
): number {
  const first = Math.floor(a / side) * wide + (a % side);
  const second = Math.floor(b / side) * wide + (b % side);
  let sum = 0;
  for (let row = 0; row < height; row++)
    for (let col = 0; col < width; col++) {
      const place = row * wide + col;
      sum += (data[first + place] ?? 0) * (data[second + place] ?? 0);
    }
  return sum;
}

/** Power iteration: the matrix is symmetric, and none of its eigenvalues is negative. */
function largestEigenvalue(matrix: Float64Array, size: number): number {
  let vector = new Float64Array(size).fill(1);
  let value = 0;
  for (let round = 0; round < 2000; round++) {
    const next = product(matrix, vector);
    const length = Math.sqrt(next.reduce((sum, one) => sum + one * one, 0));
    if (length === 0) return 0;
    vector = next.map((one) => one / length);
    if (Math.abs(length - value) <= 1e-15 * length) break;
    value = length;
  }
  return value;
}

function product(matrix: Float64Array, vector: Float64Array): Float64Array<ArrayBuffer> {
  const size = vector.length;
  return Float64Array.from({ length: size }, (_, row) => {
    let sum = 0;
    for (let col = 0; col < size; col++)
      sum += (matrix[row * size + col] ?? 0) * (vector[col] ?? 0);
    return sum;
  });
}

const dot = (a: Float64Array, b: Float64Array): number =>
  a.reduce((sum, value, n) => sum + value * (b[n] ?? 0), 0);

export const lossOf = (one: Quadratic, kernel: Float64Array): number =>
  Math.max(
    0,
    dot(kernel, product(one.products, kernel)) - 2 * dot(kernel, one.correlation) + one.energy,
  ) / 2;

/** Return dL/dk: the mean over all windows of (output - target) times the pixel under k[u, v]. */
export function gradientOf(one: Quadratic, kernel: Float64Array): Float64Array {
  return product(one.products, kernel).map((value, n) => value - (one.correlation[n] ?? 0));
}

export interface Learning {
  readonly lr: number;
  readonly momentum: boolean;
}

export interface Step {
  readonly loss: number;
  /** Largest difference of a learned and a true weight. */
  readonly error: number;
  readonly kernel: Float64Array;
}

/** Return N(0, 0.1^2) for each weight. */
export function startOf(side: number, seed = 0): Float64Array {
  const { normal } = draws(seed);
  return Float64Array.from({ length: side * side }, () => 0.1 * normal());
}

/**
 * Return every step of gradient descent, with Nesterov's momentum, which restarts when it points
 * uphill, or plain. The rate is `lr` over the largest curvature. Ends when no weight changes any
 * more, or when the loss has grown a million times.
 */
export function learn(
  one: Quadratic,
  truth: Float64Array,
  start: Float64Array,
  { lr, momentum }: Learning,
): readonly Step[] {
  const rate = lr / one.curvature;
  const history: Step[] = [];
  let [kernel, ahead, pace] = [start, start, 1];
  for (let step = 0; step <= MOST_STEPS; step++) {
    const error = kernel.reduce((most, w, n) => Math.max(most, Math.abs(w - (truth[n] ?? 0))), 0);
    const loss = lossOf(one, kernel);
    history.push({ loss, error, kernel });
    if (!(loss <= DIVERGED * Math.max(history[0]?.loss ?? 0, SMALLEST_CHANGE))) break;
    const gradient = gradientOf(one, ahead);
    let moved = moveBy(ahead, gradient, -rate);
    if (momentum && dot(gradient, moveBy(moved, kernel, -1)) > 0) {
      pace = 1;
      moved = moveBy(kernel, gradientOf(one, kernel), -rate);
    }
    const faster = (1 + Math.sqrt(1 + 4 * pace ** 2)) / 2;
    const change = moveBy(moved, kernel, -1);
    ahead = momentum ? moveBy(moved, change, (pace - 1) / faster) : moved;
    [kernel, pace] = [moved, faster];
    if (change.every((value) => Math.abs(value) < SMALLEST_CHANGE)) break;
  }
  return history;
}

const moveBy = (from: Float64Array, by: Float64Array, factor: number): Float64Array =>
  from.map((value, n) => value + factor * (by[n] ?? 0));

/** Return the first step, the last, and about `count` between, closer together at the start. */
export function selected(steps: number, count: number): readonly number[] {
  const last = steps - 1;
  const places = new Set([0, last]);
  for (let n = 0; n < count; n++)
    places.add(Math.floor(Math.max(1, last) ** (n / Math.max(1, count - 1)) + 1e-9));
  return [...places].filter((place) => place <= last).sort((a, b) => a - b);
}

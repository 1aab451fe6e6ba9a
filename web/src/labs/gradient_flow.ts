/**
 * Gradients by layer of a deep network before training, as `convscope.labs.gradients`.
 *
 * A first convolution, then `depth` more in pairs, each 3 x 3 with batch normalisation (if chosen)
 * and activation; a residual pair adds its input. Then the mean of each channel, a linear layer and
 * cross-entropy. One forward and one backward pass on seeded images; all numbers are `draws`.
 */

import { draws, type Draws } from "$/labs/draws";
import {
  activated,
  activatedGradient,
  added,
  convolved,
  inputGradient,
  kernelGradient,
  norm,
  normalised,
  normalisedGradient,
  spread,
  zeros,
  type Activation,
  type Normalised,
  type Planes,
} from "$/labs/planes";

export interface Case {
  /** Convolutions after the first, even. */
  readonly depth: number;
  readonly activation: Activation;
  readonly residual: boolean;
  readonly normalised: boolean;
  readonly init: "xavier" | "he";
}

export interface Size {
  readonly width: number;
  readonly images: number;
  readonly seed: number;
}
export const SIZE: Size = { width: 8, images: 2, seed: 0 };

const [INPUTS, SIDE, CLASSES] = [3, 16, 10];
const [VANISHING, EXPLODING] = [1e-2, 1e2];

export type Verdict = "stable" | "vanishing" | "exploding" | "overflow";

export interface Flow {
  /** Norm of dL/dw of each convolution, the first one left out. */
  readonly norms: readonly number[];
  /** Standard deviation of the input of each convolution. */
  readonly spreads: readonly number[];
  /** First over last norm. */
  readonly ratio: number;
  readonly verdict: Verdict;
}

interface Weights {
  readonly w: Float64Array;
  readonly b: Float64Array;
}

/** Weights, then biases: Xavier uniform or He normal, and U(-1/sqrt(fan in), 1/sqrt(fan in)). */
function drawn(
  random: Draws,
  init: Case["init"],
  [outputs, inputs, area]: readonly [number, number, number],
): Weights {
  const [fanIn, fanOut] = [inputs * area, outputs * area];
  const w = new Float64Array(outputs * inputs * area);
  const bound = Math.sqrt(6 / (fanIn + fanOut));
  for (let n = 0; n < w.length; n++)
    w[n] =
      init === "he" ? random.normal() * Math.sqrt(2 / fanIn) : bound * (2 * random.uniform() - 1);
  const b = new Float64Array(outputs);
  for (let n = 0; n < outputs; n++) b[n] = (2 * random.uniform() - 1) / Math.sqrt(fanIn);
  return { w, b };
}

/** Convolution, normalisation and activation on one batch. */
interface Unit {
  readonly weights: Weights;
  readonly x: Planes;
  readonly normal: Normalised | null;
  readonly y: Planes;
}

function forward(x: Planes, weights: Weights, one: Case): Unit {
  const sums = convolved(x, weights.w, weights.b, weights.b.length);
  const normal = one.normalised ? normalised(sums) : null;
  return { weights, x, normal, y: activated(normal?.y ?? sums, one.activation) };
}

/** Return the gradients by the weights and by the input of a unit. */
function backward(g: Planes, unit: Unit, one: Case): { byWeights: Float64Array; byInput: Planes } {
  const inner = activatedGradient(g, unit.y, one.activation);
  const sums = unit.normal ? normalisedGradient(inner, unit.normal) : inner;
  return {
    byWeights: kernelGradient(unit.x, sums),
    byInput: inputGradient(sums, unit.weights.w, unit.x.channels),
  };
}

export function flow(one: Case, size: Size = SIZE): Flow {
  const random = draws(size.seed);
  const { width, images } = size;
  const stem = drawn(random, one.init, [width, INPUTS, 9]);
  const deep = Array.from({ length: one.depth }, () => drawn(random, one.init, [width, width, 9]));
  const head = drawn(random, one.init, [CLASSES, width, 1]);
  const photo = zeros(images, INPUTS, SIDE);
  for (let n = 0; n < photo.data.length; n++) photo.data[n] = random.normal();
  const labels = Array.from({ length: images }, () => Math.floor(random.uniform() * CLASSES));
  let x = forward(photo, stem, one).y;
  const units: Unit[] = [];
  for (let n = 0; n < one.depth; n += 2) {
    const [first, second] = [deep[n] ?? stem, deep[n + 1] ?? stem];
    const below = forward(x, first, one);
    const above = forward(below.y, second, one);
    units.push(below, above);
    x = one.residual ? added(x, above.y) : above.y;
  }
  let g = lossGradient(x, head, labels);
  const norms: number[] = [];
  for (let n = one.depth - 2; n >= 0; n -= 2) {
    const [below, above] = [units[n], units[n + 1]];
    if (!below || !above) continue;
    const second = backward(g, above, one);
    const first = backward(second.byInput, below, one);
    norms.unshift(norm(first.byWeights), norm(second.byWeights));
    g = one.residual ? added(g, first.byInput) : first.byInput;
  }
  const ratio = (norms[0] ?? NaN) / (norms.at(-1) ?? NaN);
  const spreads = units.map((unit) => spread(unit.x.data));
  return { norms, spreads, ratio, verdict: verdictOf(norms, ratio) };
}

/** Return dL/dx of mean, linear layer and cross-entropy. */
function lossGradient(x: Planes, { w, b }: Weights, labels: readonly number[]): Planes {
  const { images, channels, side } = x;
  const area = side * side;
  const g = zeros(images, channels, side);
  labels.forEach((label, n) => {
    const means = Array.from({ length: channels }, (_, c) => {
      const from = (n * channels + c) * area;
      return x.data.subarray(from, from + area).reduce((sum, value) => sum + value, 0) / area;
    });
    const scores = Array.from(b, (bias, k) =>
      means.reduce((sum, mean, c) => sum + mean * (w[k * channels + c] ?? 0), bias),
    );
    const largest = Math.max(...scores);
    const exponentials = scores.map((score) => Math.exp(score - largest));
    const total = exponentials.reduce((sum, one) => sum + one, 0);
    for (let c = 0; c < channels; c++) {
      const sum = exponentials.reduce((all, one, k) => {
        const error = one / total - (k === label ? 1 : 0);
        return all + error * (w[k * channels + c] ?? 0);
      }, 0);
      const from = (n * channels + c) * area;
      g.data.fill(sum / (area * images), from, from + area);
    }
  });
  return g;
}

function verdictOf(norms: readonly number[], ratio: number): Verdict {
  if (!norms.every(Number.isFinite) || !Number.isFinite(ratio)) return "overflow";
  if (ratio < VANISHING) return "vanishing";
  return Math.max(ratio, ...norms) > EXPLODING ? "exploding" : "stable";
}

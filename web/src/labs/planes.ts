/**
 * Layers of a small network on one batch, forward and backward, in float64.
 *
 * Shapes: activations (N, C, S, S), kernels (K, C, 3, 3); convolutions have padding 1 and stride 1.
 */

/** N images, C channels, side S. */
export interface Planes {
  readonly images: number;
  readonly channels: number;
  readonly side: number;
  readonly data: Float64Array;
}

const EPSILON = 1e-5; // of batch normalisation, as PyTorch's

export function zeros(images: number, channels: number, side: number): Planes {
  return { images, channels, side, data: new Float64Array(images * channels * side * side) };
}

/** Return the planes with a ring of zeros around each. */
function ringed({ images, channels, side, data }: Planes): Float64Array {
  const wide = side + 2;
  const result = new Float64Array(images * channels * wide * wide);
  for (let plane = 0; plane < images * channels; plane++)
    for (let row = 0; row < side; row++) {
      const from = (plane * side + row) * side;
      result.set(data.subarray(from, from + side), (plane * wide + row + 1) * wide + 1);
    }
  return result;
}

/** Return y[n, k] = b[k] + sum over c of w[k, c] correlated with x[n, c]. */
export function convolved(
  x: Planes,
  w: Float64Array,
  b: Float64Array | null,
  outputs: number,
): Planes {
  const { images, channels, side } = x;
  const [wide, area] = [side + 2, side * side];
  const source = ringed(x);
  const y = zeros(images, outputs, side);
  const out = y.data;
  for (let n = 0; n < images; n++)
    for (let k = 0; k < outputs; k++) {
      const to = (n * outputs + k) * area;
      if (b) out.fill(b[k] ?? 0, to, to + area);
      for (let c = 0; c < channels; c++) {
        const taps = w.subarray((k * channels + c) * 9, (k * channels + c) * 9 + 9);
        window9(source, (n * channels + c) * wide * wide, taps, out, to, side);
      }
    }
  return y;
}

/** Add the correlation of one plane with one 3 x 3 kernel to a plane of the output. */
function window9(
  source: Float64Array,
  from: number,
  taps: Float64Array,
  out: Float64Array,
  to: number,
  side: number,
): void {
  const [a, b, c, d, e, f, g, h, i] = taps as unknown as Nine;
  const wide = side + 2;
  for (let row = 0; row < side; row++) {
    const top = from + row * wide;
    const middle = top + wide;
    const bottom = middle + wide;
    const line = to + row * side;
    for (let col = 0; col < side; col++) {
      const sum =
        a * at(source, top + col) +
        b * at(source, top + col + 1) +
        c * at(source, top + col + 2) +
        d * at(source, middle + col) +
        e * at(source, middle + col + 1) +
        f * at(source, middle + col + 2) +
        g * at(source, bottom + col) +
        h * at(source, bottom + col + 1) +
        i * at(source, bottom + col + 2);
      out[line + col] = at(out, line + col) + sum;
    }
  }
}

type Nine = readonly [number, number, number, number, number, number, number, number, number];

// every place lies within the array: the loops keep to its shape
const at = (values: Float64Array, place: number): number => values[place] as number;

/** Return dL/dx of a convolution: g correlated with the kernels rotated by 180 degrees. */
export function inputGradient(g: Planes, w: Float64Array, channels: number): Planes {
  const turned = new Float64Array(w.length);
  for (let k = 0; k < g.channels; k++)
    for (let c = 0; c < channels; c++)
      for (let tap = 0; tap < 9; tap++)
        turned[(c * g.channels + k) * 9 + 8 - tap] = at(w, (k * channels + c) * 9 + tap);
  return convolved(g, turned, null, channels);
}

/** Return dL/dw[k, c, u, v]: the sum of g[n, k, i, j] x[n, c, i + u - 1, j + v - 1]. */
export function kernelGradient(x: Planes, g: Planes): Float64Array {
  const { images, channels, side } = x;
  const [wide, area] = [side + 2, side * side];
  const source = ringed(x);
  const result = new Float64Array(g.channels * channels * 9);
  for (let n = 0; n < images; n++)
    for (let k = 0; k < g.channels; k++)
      for (let c = 0; c < channels; c++) {
        const to = (k * channels + c) * 9;
        const own = (n * g.channels + k) * area;
        const other = (n * channels + c) * wide * wide;
        for (let u = 0; u < 3; u++)
          rowOfGradient(g.data, own, source, other + u * wide, result, to + 3 * u, side);
      }
  return result;
}

/** Add the sums of one row of a kernel's gradient: three neighbouring weights. */
function rowOfGradient(
  g: Float64Array,
  own: number,
  source: Float64Array,
  other: number,
  result: Float64Array,
  to: number,
  side: number,
): void {
  let left = 0;
  let middle = 0;
  let right = 0;
  for (let row = 0; row < side; row++) {
    const from = own + row * side;
    const line = other + row * (side + 2);
    for (let col = 0; col < side; col++) {
      const value = at(g, from + col);
      left += value * at(source, line + col);
      middle += value * at(source, line + col + 1);
      right += value * at(source, line + col + 2);
    }
  }
  result[to] = at(result, to) + left;
  result[to + 1] = at(result, to + 1) + middle;
  result[to + 2] = at(result, to + 2) + right;
}

/** A normalised batch, and what its gradient needs. */
export interface Normalised {
  readonly y: Planes;
  /** 1 / sqrt(variance + 1e-5) of each channel. */
  readonly scale: Float64Array;
}

/** Call a function with each run of a channel: start and end in the data. */
function runs(
  { images, channels, side }: Planes,
  c: number,
  use: (from: number, to: number) => void,
): void {
  for (let n = 0; n < images; n++) {
    const from = (n * channels + c) * side * side;
    use(from, from + side * side);
  }
}

/** Return (x - mean) / sqrt(variance + 1e-5) by channel, over the batch. */
export function normalised(x: Planes): Normalised {
  const y = zeros(x.images, x.channels, x.side);
  const scale = new Float64Array(x.channels);
  const count = x.images * x.side * x.side;
  for (let c = 0; c < x.channels; c++) {
    let [sum, squares] = [0, 0];
    runs(x, c, (from, to) => {
      for (let p = from; p < to; p++) sum += at(x.data, p);
    });
    const mean = sum / count;
    runs(x, c, (from, to) => {
      for (let p = from; p < to; p++) squares += (at(x.data, p) - mean) ** 2;
    });
    const factor = 1 / Math.sqrt(squares / count + EPSILON);
    scale[c] = factor;
    runs(x, c, (from, to) => {
      for (let p = from; p < to; p++) y.data[p] = (at(x.data, p) - mean) * factor;
    });
  }
  return { y, scale };
}

/** Return dL/dx of a normalised batch: scale (g - mean g - y mean(g y)). */
export function normalisedGradient(g: Planes, { y, scale }: Normalised): Planes {
  const result = zeros(g.images, g.channels, g.side);
  const count = g.images * g.side * g.side;
  for (let c = 0; c < g.channels; c++) {
    let [sum, along] = [0, 0];
    runs(g, c, (from, to) => {
      for (let p = from; p < to; p++) {
        sum += at(g.data, p);
        along += at(g.data, p) * at(y.data, p);
      }
    });
    const factor = at(scale, c);
    runs(g, c, (from, to) => {
      for (let p = from; p < to; p++)
        result.data[p] = factor * (at(g.data, p) - sum / count - (at(y.data, p) * along) / count);
    });
  }
  return result;
}

export type Activation = "relu" | "tanh";

export function activated(x: Planes, activation: Activation): Planes {
  const f = activation === "relu" ? (v: number) => (v > 0 ? v : 0) : Math.tanh;
  return { ...x, data: x.data.map(f) };
}

/** Return dL/dx from the activation's output y: g where y > 0, or g (1 - y^2). */
export function activatedGradient(g: Planes, y: Planes, activation: Activation): Planes {
  const isRelu = activation === "relu";
  const data = g.data.map((value, p) => {
    const out = at(y.data, p);
    return isRelu ? (out > 0 ? value : 0) : value * (1 - out * out);
  });
  return { ...g, data };
}

export const added = (a: Planes, b: Planes): Planes => ({
  ...a,
  data: a.data.map((value, p) => value + at(b.data, p)),
});

/** Return the square root of the sum of squares. */
export function norm(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return Math.sqrt(sum);
}

/** Return the standard deviation, over count - 1 as PyTorch's. */
export function spread(values: Float64Array): number {
  let [sum, squares] = [0, 0];
  for (const value of values) sum += value;
  for (const value of values) squares += (value - sum / values.length) ** 2;
  return Math.sqrt(squares / (values.length - 1));
}

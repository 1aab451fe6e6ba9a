/**
 * Convolution taken apart: every product, every sum and both gradients, as `convscope.labs`.
 *
 * A convolution is a list of products: an input value times a weight, added to an output. Output,
 * gradients, transposed convolution and matrix follow from that list; only the index that is summed
 * over differs.
 *
 *     y[k, i, j] = b[k] + sum over c, u, v of w[k, c, u, v] x[c, i S - P + u D, j S - P + v D]
 *
 * Legend: C input channels, K output channels, H height, W width, h, w the kernel's, G groups.
 */

import { outputSize, transposedSize } from "$/labs/sizes";
import { failure, type Failure } from "$/lang/failure";

/** Rows and columns. */
export type Pair = readonly [rows: number, cols: number];
export type Shape = readonly number[];

/** A dense array, rows first. */
export interface Numbers {
  readonly shape: Shape;
  readonly data: readonly number[];
}

export interface Settings {
  readonly stride: Pair;
  readonly padding: Pair;
  readonly dilation: Pair;
  readonly groups: number;
  readonly transposed: boolean;
  readonly outputPadding: Pair;
  /** Rotate the kernel by 180 degrees: convolution as mathematics defines it. */
  readonly rotated: boolean;
}

export const PLAIN: Settings = {
  stride: [1, 1],
  padding: [0, 0],
  dilation: [1, 1],
  groups: 1,
  transposed: false,
  outputPadding: [0, 0],
  rotated: false,
};

/** Input (C, H, W), kernels (K, C / G, h, w), or (C, K / G, h, w) if transposed, and bias (K). */
export interface Operands {
  readonly x: Numbers;
  readonly w: Numbers;
  readonly b: readonly number[];
}

/** One product of a sum; `x` is -1 for padding, and `at` its place in the padded input. */
export interface Product {
  readonly x: number;
  readonly w: number;
  readonly y: number;
  readonly at: readonly [channel: number, row: number, col: number];
}

export interface Convolution {
  readonly operands: Operands;
  readonly settings: Settings;
  /** (K, H', W') */
  readonly shape: Shape;
  readonly products: readonly Product[];
}

export const MOST_PRODUCTS = 40_000;

const count = (shape: Shape): number => shape.reduce((product, side) => product * side, 1);
const side = (shape: Shape, axis: number): number => shape[axis] ?? 1;

/** Return the convolution of operands, or throw a failure that says what does not fit. */
export function convolution(operands: Operands, settings: Settings): Convolution {
  const shape = outputShape(operands, settings);
  const numProducts = products(operands, settings, shape);
  if (numProducts > MOST_PRODUCTS) {
    throw failure("labs.tooMany", { count: numProducts, most: MOST_PRODUCTS });
  }
  return { operands, settings, shape, products: listed(operands, settings, shape) };
}

/** Return how many products there are, those with padding included. */
function products({ x, w }: Operands, { transposed }: Settings, shape: Shape): number {
  return count(transposed ? x.shape : shape) * count(w.shape.slice(1));
}

/** Return (K, H', W'); throws a failure. */
function outputShape({ x, w, b }: Operands, settings: Settings): Shape {
  const { groups, transposed } = settings;
  const channels = side(x.shape, 0);
  const [first, perGroup] = [side(w.shape, 0), side(w.shape, 1)];
  const outputs = transposed ? perGroup * groups : first;
  if (channels % groups !== 0 || outputs % groups !== 0) {
    throw failure("labs.groups", { channels, outputs, groups });
  }
  const takes = transposed ? first : perGroup * groups;
  if (takes !== channels) throw failure("labs.channels", { takes, channels });
  if (b.length !== outputs) throw failure("labs.bias", { count: b.length, outputs });
  const sizes = ([0, 1] as const).map((axis) => {
    const window = {
      kernel: side(w.shape, 2 + axis),
      stride: settings.stride[axis],
      padding: settings.padding[axis],
      dilation: settings.dilation[axis],
    };
    const input = side(x.shape, 1 + axis);
    return transposed
      ? transposedSize(input, window, settings.outputPadding[axis])
      : outputSize(input, window);
  });
  return [outputs, ...sizes];
}

/** Return all products in reading order of the windows. */
function listed(operands: Operands, settings: Settings, shape: Shape): Product[] {
  const { x, w } = operands;
  const { stride, padding, dilation, groups, transposed, rotated } = settings;
  // a transposed convolution has the windows of the convolution that it transposes
  const [source, goal] = transposed ? [shape, x.shape] : [x.shape, shape];
  const [, height = 1, width = 1] = source;
  const [goals = 1, rows = 1, cols = 1] = goal;
  const [, perGroup = 1, kernelRows = 1, kernelCols = 1] = w.shape;
  const result: Product[] = [];
  for (let k = 0; k < goals; k++) {
    const group = Math.floor(k / (goals / groups));
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < cols; j++)
        for (let c = 0; c < perGroup; c++)
          for (let u = 0; u < kernelRows; u++)
            for (let v = 0; v < kernelCols; v++) {
              const channel = group * perGroup + c;
              const row = i * stride[0] - padding[0] + u * dilation[0];
              const col = j * stride[1] - padding[1] + v * dilation[1];
              const isInside = row >= 0 && row < height && col >= 0 && col < width;
              if (!isInside && transposed) continue;
              const from = isInside ? (channel * height + row) * width + col : -1;
              const to = (k * rows + i) * cols + j;
              const [p, q] = rotated ? [kernelRows - 1 - u, kernelCols - 1 - v] : [u, v];
              const weight = ((k * perGroup + c) * kernelRows + p) * kernelCols + q;
              const at = transposed ? ([k, i, j] as const) : ([channel, row, col] as const);
              result.push({ x: transposed ? to : from, w: weight, y: transposed ? from : to, at });
            }
  }
  return result;
}

/** Return the sums of the products, (K, H', W'). */
export function output({ operands, shape, products }: Convolution): Numbers {
  const area = side(shape, 1) * side(shape, 2);
  const data = Array.from({ length: count(shape) }, (_, place) => {
    return operands.b[Math.floor(place / area)] ?? 0;
  });
  for (const { x, w, y } of products) {
    if (x >= 0) data[y] = (data[y] ?? 0) + (operands.x.data[x] ?? 0) * (operands.w.data[w] ?? 0);
  }
  return { shape, data };
}

/** Return dL/dx, (C, H, W): the sum of g w over all windows on x; g = dL/dy is ones if left out. */
export function inputGradient({ operands, products }: Convolution, upstream?: Upstream): Numbers {
  const data = new Array<number>(operands.x.data.length).fill(0);
  for (const { x, w, y } of products)
    if (x >= 0) data[x] = (data[x] ?? 0) + (upstream?.[y] ?? 1) * (operands.w.data[w] ?? 0);
  return { shape: operands.x.shape, data };
}

/** Return dL/dw, as w: the sum of g x over all windows; g = dL/dy is ones if left out. */
export function kernelGradient({ operands, products }: Convolution, upstream?: Upstream): Numbers {
  const data = new Array<number>(operands.w.data.length).fill(0);
  for (const { x, w, y } of products)
    if (x >= 0) data[w] = (data[w] ?? 0) + (upstream?.[y] ?? 1) * (operands.x.data[x] ?? 0);
  return { shape: operands.w.shape, data };
}

/** dL/dy, one number for each output. */
type Upstream = readonly number[];

/** Return the products of one output value, in the order of the window. */
export function productsOf({ products }: Convolution, place: number): readonly Product[] {
  return products.filter(({ y }) => y === place);
}

/** Return the weight of each entry of the matrix M with y = M x + b, -1 for a zero; row by row. */
export function matrix({ operands, shape, products }: Convolution): Int32Array {
  const cols = operands.x.data.length;
  const cells = new Int32Array(count(shape) * cols).fill(-1);
  for (const { x, w, y } of products) if (x >= 0) cells[y * cols + x] = w;
  return cells;
}

/** Return the indices of a flat place. */
export function indexOf(place: number, shape: Shape): number[] {
  const at: number[] = [];
  let rest = place;
  for (const length of [...shape].reverse()) {
    at.unshift(rest % length);
    rest = Math.floor(rest / length);
  }
  return at;
}

export type { Failure };

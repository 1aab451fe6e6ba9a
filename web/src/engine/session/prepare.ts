/** Preprocessing as in a model file, from 8-bit pixels to the network's input, and augmentation. */

import type { Fields, Shape } from "$/engine/layers/rule";
import { engineError } from "$/engine/problem";
import type { Random } from "$/engine/random";
import type { Augmentation, Block } from "$/engine/types";
import { pair } from "$/engine/windows";

/** y[i] = x[source[i]] * factor[c] + shift[c]; where the source is -1, outside[c]. */
export interface Preparation {
  readonly input: Shape;
  readonly output: Shape;
  readonly source: Int32Array;
  readonly factor: readonly number[];
  readonly shift: readonly number[];
  readonly outside: readonly number[];
}

type Rule = (before: Preparation, fields: Fields) => Preparation;

function resize(before: Preparation, fields: Fields): Preparation {
  const [, height, width] = before.output;
  const size = fields["size"];
  const [h, w] = typeof size === "number" && height === width ? [size, size] : pair(size);
  if (h === height && w === width) return before;
  throw engineError("engine.resize", { from: `${height} x ${width}`, to: `${h} x ${w}` });
}

/** First row of a crop: half of the rest, rounded to even; black beyond the image. */
function offset(size: number, crop: number): number {
  const rest = size - crop;
  if (rest < 0) return -Math.floor(-rest / 2);
  return rest % 4 === 3 ? (rest + 1) / 2 : Math.floor(rest / 2);
}

function centreCrop(before: Preparation, fields: Fields): Preparation {
  const [channels = 1, height = 1, width = 1] = before.output;
  const [h, w] = pair(fields["size"]);
  const [top, left] = [offset(height, h), offset(width, w)];
  const source = new Int32Array(channels * h * w).fill(-1);
  for (let c = 0; c < channels; c++)
    for (let i = 0; i < h; i++)
      for (let j = 0; j < w; j++) {
        const [row, col] = [i + top, j + left];
        const inside = row >= 0 && row < height && col >= 0 && col < width;
        if (inside)
          source[(c * h + i) * w + j] = before.source[(c * height + row) * width + col] ?? -1;
      }
  return { ...before, output: [channels, h, w], source, outside: before.outside.map(() => 0) };
}

function numbers(value: unknown, name: string): number[] {
  if (Array.isArray(value) && value.every((n) => typeof n === "number")) return value;
  throw engineError("engine.number", { name, value: JSON.stringify(value) ?? "-" });
}

function normalise(before: Preparation, fields: Fields): Preparation {
  const mean = numbers(fields["mean"], "mean");
  const std = numbers(fields["std"], "std");
  const apply = (values: readonly number[], shift: boolean): number[] =>
    values.map((value, c) => (value / 255 - (shift ? (mean[c] ?? 0) : 0)) / (std[c] ?? 1));
  return {
    ...before,
    factor: apply(before.factor, false),
    shift: apply(before.shift, true),
    outside: apply(before.outside, true),
  };
}

/** Layers that a preprocessing may have here. */
const RULES: Readonly<Record<string, Rule>> = {
  Resize: resize,
  CenterCrop: centreCrop,
  Normalize: normalise,
  Identity: (before) => before,
};

/** Throws an EngineError for a layer that is not supported, or if the end is not `expected`. */
export function createPreparation(chain: Block, input: Shape, expected: Shape): Preparation {
  const channels = input[0] ?? 1;
  const every = (value: number): number[] => Array.from({ length: channels }, () => value);
  const size = input.reduce((a, b) => a * b, 1);
  const first: Preparation = {
    ...{ input, output: input, factor: every(1), shift: every(0), outside: every(0) },
    source: Int32Array.from({ length: size }, (_, i) => i),
  };
  const blocks = chain["blocks"];
  const layers = typeof blocks === "object" && blocks !== null ? Object.values(blocks) : [];
  const result = layers.reduce((before: Preparation, layer: Block) => {
    const rule = RULES[layer.type];
    if (!rule) throw engineError("engine.preprocessing", { type: String(layer.type) });
    return rule(before, layer);
  }, first);
  if (result.output.join() !== expected.join())
    throw engineError("engine.prepared", {
      shape: result.output.join(" x "),
      expected: expected.join(" x "),
    });
  return result;
}

/** Prepare one image, from `pixels` at `from`, into `to` at `at`. */
export function prepare(
  p: Preparation,
  pixels: ArrayLike<number>,
  from: number,
  to: Float32Array,
  at: number,
): void {
  const [channels = 1, height = 1, width = 1] = p.output;
  const plane = height * width;
  for (let c = 0; c < channels; c++) {
    const [factor, shift, outside] = [p.factor[c] ?? 1, p.shift[c] ?? 0, p.outside[c] ?? 0];
    for (let i = c * plane; i < (c + 1) * plane; i++) {
      const source = p.source[i] ?? -1;
      to[at + i] = source < 0 ? outside : (pixels[from + source] ?? 0) * factor + shift;
    }
  }
}

/** Output pixel q, from the centre, shows input A q + t: Python's `Affine`, without shear. */
interface Affine {
  readonly a: number;
  readonly b: number;
  readonly x: number;
  readonly y: number;
  readonly flip: boolean;
}

function draw(augmentation: Augmentation, random: Random): Affine {
  const within = (bound: number): number => bound * (2 * random.uniform() - 1);
  const angle = within((augmentation.degrees * Math.PI) / 180);
  const zoom = Math.exp(within(Math.log1p(augmentation.scale)));
  const shift = augmentation.shiftPixels;
  return {
    a: Math.cos(angle) / zoom,
    b: Math.sin(angle) / zoom,
    x: within(shift),
    y: within(shift),
    flip: augmentation.flip && random.uniform() < 0.5,
  };
}

/** Bilinear value of a channel that begins at `from`, at (row, col); black outside. */
function bilinear(
  pixels: Uint8Array,
  from: number,
  height: number,
  width: number,
  row: number,
  col: number,
): number {
  const [top, left] = [Math.floor(row), Math.floor(col)];
  if (top < -1 || left < -1 || top >= height || left >= width) return 0;
  const [dy, dx] = [row - top, col - left];
  const at = from + top * width + left;
  const [up, down, west, east] = [top >= 0, top + 1 < height, left >= 0, left + 1 < width];
  const a = up && west ? (pixels[at] ?? 0) : 0;
  const b = up && east ? (pixels[at + 1] ?? 0) : 0;
  const c = down && west ? (pixels[at + width] ?? 0) : 0;
  const d = down && east ? (pixels[at + width + 1] ?? 0) : 0;
  const above = a + (b - a) * dx;
  return above + (c + (d - c) * dx - above) * dy;
}

/** Write a changed copy of an image, bilinear, black outside. */
export function augment(
  pixels: Uint8Array,
  from: number,
  shape: Shape,
  augmentation: Augmentation,
  random: Random,
  to: Float32Array,
): void {
  const [channels = 1, height = 1, width = 1] = shape;
  const { a, b, x, y, flip } = draw(augmentation, random);
  const [middle, centre] = [(height - 1) / 2, (width - 1) / 2];
  const plane = height * width;
  for (let i = 0; i < height; i++)
    for (let j = 0; j < width; j++) {
      const u = flip ? centre - j : j - centre;
      const v = i - middle;
      const col = a * u - b * v + x + centre;
      const row = b * u + a * v + y + middle;
      for (let c = 0; c < channels; c++)
        to[c * plane + i * width + j] = bilinear(pixels, from + c * plane, height, width, row, col);
    }
}

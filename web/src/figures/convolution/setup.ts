/** What the view convolves: sizes, settings and numbers, as a link holds them. */

import { seeded } from "$/data/random";
import examples from "$/labs/examples.json";
import { PLAIN, type Numbers, type Operands, type Pair, type Settings } from "$/labs/convolution";
import { parsedNumber } from "$/labs/view/number";

export interface Setup {
  /** Input channels, height, width. */
  readonly input: readonly [channels: number, height: number, width: number];
  /** Output channels. */
  readonly outputs: number;
  readonly kernel: Pair;
  readonly settings: Settings;
  readonly seed: number;
  /** Numbers in place of the random ones. */
  readonly x: readonly number[] | null;
  readonly w: readonly number[] | null;
  readonly b: readonly number[] | null;
}

export const LIMITS = {
  channels: [1, 8],
  side: [1, 14],
  outputs: [1, 8],
  kernel: [1, 7],
  stride: [1, 5],
  padding: [0, 5],
  dilation: [1, 4],
  groups: [1, 8],
  outputPadding: [0, 4],
} as const satisfies Readonly<Record<string, Pair>>;
export type Limited = keyof typeof LIMITS;

export const START: Setup = {
  input: [3, 5, 5],
  outputs: 2,
  kernel: [3, 3],
  settings: PLAIN,
  seed: 0,
  x: null,
  w: null,
  b: null,
};

/** Return the shape of the kernels: (K, C / G, h, w), or (C, K / G, h, w) if transposed. */
export function kernelShape({ input, outputs, kernel, settings }: Setup): readonly number[] {
  const { groups, transposed } = settings;
  const [from, to] = transposed ? [input[0], outputs] : [outputs, input[0]];
  return [from, Math.max(1, Math.floor(to / groups)), ...kernel];
}

const size = (shape: readonly number[]): number =>
  shape.reduce((product, side) => product * side, 1);

/** Return the numbers: input 0 to 2, weights -1 to 1, bias 1, 0, 0 ..., where none are set. */
export function operandsOf(setup: Setup): Operands {
  const random = seeded(setup.seed);
  const draw = (shape: readonly number[], low: number): Numbers => ({
    shape,
    data: Array.from({ length: size(shape) }, () => low + Math.floor(3 * random())),
  });
  const own = (drawn: Numbers, data: readonly number[] | null): Numbers =>
    data?.length === drawn.data.length ? { ...drawn, data } : drawn;
  const x = own(draw(setup.input, 0), setup.x);
  const w = own(draw(kernelShape(setup), -1), setup.w);
  const zeros = Array.from({ length: setup.outputs }, (_, k) => (k === 0 ? 1 : 0));
  return { x, w, b: setup.b?.length === setup.outputs ? setup.b : zeros };
}

/** Keys of the address. */
export const KEYS = [
  ...["size", "outputs", "kernel", "stride", "padding", "dilation", "groups", "operation"],
  ...["outputPadding", "seed", "x", "w", "b", "example", "unit"],
] as const;
export type AddressKey = (typeof KEYS)[number];

const pair = ([rows, cols]: Pair): string => (rows === cols ? String(rows) : `${rows}x${cols}`);
export const OPERATIONS = ["correlation", "convolution", "transposed"] as const;
export type Operation = (typeof OPERATIONS)[number];

export function operationOf({ transposed, rotated }: Settings): Operation {
  if (transposed) return "transposed";
  return rotated ? "convolution" : "correlation";
}

/** Return the settings that make a convolution another operation. */
export const operate = (operation: Operation): Partial<Settings> => ({
  transposed: operation === "transposed",
  rotated: operation === "convolution",
  outputPadding: [0, 0],
});

/** Return the values of an address that differ from those of an example. */
export function written(setup: Setup, base: Setup = START): Partial<Record<AddressKey, string>> {
  const [values, usual] = [texts(setup), texts(base)];
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, value === usual[key] ? "" : value]),
  );
}

export function texts({ settings, ...setup }: Setup): Readonly<Record<string, string>> {
  const numbers = (data: readonly number[] | null): string => (data ? data.join(",") : "");
  return {
    size: setup.input.join("x"),
    outputs: String(setup.outputs),
    kernel: pair(setup.kernel),
    stride: pair(settings.stride),
    padding: pair(settings.padding),
    dilation: pair(settings.dilation),
    groups: String(settings.groups),
    operation: operationOf(settings),
    outputPadding: pair(settings.outputPadding),
    seed: String(setup.seed),
    x: numbers(setup.x),
    w: numbers(setup.w),
    b: numbers(setup.b),
  };
}

/** Return the setup of an example; any other text has that of the start. */
export const baseOf = (example: string): Setup =>
  Object.hasOwn(PRESETS, example) ? PRESETS[example as PresetName] : START;

/** Return the preset that an address names and changes nothing of; "own" for any other. */
export function presetOf(get: (key: AddressKey) => string): PresetName | "own" {
  const example = get("example");
  const setup = read(get);
  const isUnchanged = Object.values(written(setup, baseOf(example))).every((one) => one === "");
  if (!isUnchanged) return "own";
  return Object.hasOwn(PRESETS, example) ? (example as PresetName) : "start";
}

/**
 * Return the setup of an address: an example, with what else the address says in its place.
 * What is not a number within its limits is as in the example.
 */
export function read(get: (key: AddressKey) => string): Setup {
  const base = baseOf(get("example"));
  const whole = (text: string | undefined, limited: Limited, usual: number): number => {
    const value = Number(text);
    const [low, high] = LIMITS[limited];
    return text && Number.isInteger(value) && value >= low && value <= high ? value : usual;
  };
  const both = (key: AddressKey, limited: Limited, usual: Pair): Pair => {
    const [rows, cols = rows] = get(key).split("x");
    return [whole(rows, limited, usual[0]), whole(cols, limited, usual[1])];
  };
  const [channels, height, width] = get("size").split("x");
  const input = [
    whole(channels, "channels", base.input[0]),
    whole(height, "side", base.input[1]),
    whole(width, "side", base.input[2]),
  ] as const;
  const { settings } = base;
  const operation = OPERATIONS.find((name) => name === get("operation")) ?? operationOf(settings);
  const seed = Number(get("seed") || NaN);
  return {
    input,
    outputs: whole(get("outputs"), "outputs", base.outputs),
    kernel: both("kernel", "kernel", base.kernel),
    settings: {
      stride: both("stride", "stride", settings.stride),
      padding: both("padding", "padding", settings.padding),
      dilation: both("dilation", "dilation", settings.dilation),
      groups: whole(get("groups"), "groups", settings.groups),
      transposed: operation === "transposed",
      outputPadding: both("outputPadding", "outputPadding", settings.outputPadding),
      rotated: operation === "convolution",
    },
    seed: Number.isNaN(seed) ? base.seed : Math.min(9999, Math.max(0, Math.floor(seed))),
    x: numbersOf(get("x")) ?? base.x,
    w: numbersOf(get("w")) ?? base.w,
    b: numbersOf(get("b")) ?? base.b,
  };
}

const MOST_NUMBERS = 1600;

export function numbersOf(text: string): readonly number[] | null {
  if (text === "") return null;
  const values = text.split(",", MOST_NUMBERS + 1).map((one) => parsedNumber(one));
  if (values.length > MOST_NUMBERS) return null;
  return values.some((value) => value === null) ? null : values.map((value) => value ?? 0);
}

/** Settings worth seeing. */
export const PRESETS = {
  start: START,
  lecture: exampleOf("lecture"),
  lecture_twice: exampleOf("lecture_twice"),
  lecture_padded: exampleOf("lecture_padded"),
  cs231n_1: exampleOf("cs231n_1"),
  same: { ...START, input: [1, 6, 6], outputs: 1, settings: { ...PLAIN, padding: [1, 1] } },
  stride: { ...START, input: [1, 7, 7], outputs: 1, settings: { ...PLAIN, stride: [2, 2] } },
  unread: { ...START, input: [1, 6, 6], outputs: 1, settings: { ...PLAIN, stride: [2, 2] } },
  dilated: { ...START, input: [1, 9, 9], outputs: 1, settings: { ...PLAIN, dilation: [2, 2] } },
  pointwise: { ...START, input: [4, 4, 4], outputs: 2, kernel: [1, 1] },
  grouped: { ...START, input: [4, 5, 5], outputs: 4, settings: { ...PLAIN, groups: 2 } },
  depthwise: { ...START, input: [3, 5, 5], outputs: 3, settings: { ...PLAIN, groups: 3 } },
  transposed: {
    ...START,
    input: [1, 3, 3],
    outputs: 1,
    settings: { ...PLAIN, transposed: true, stride: [2, 2] },
    b: [0],
  },
  rotated: {
    ...START,
    input: [1, 5, 5],
    outputs: 1,
    settings: { ...PLAIN, rotated: true },
    x: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    w: [1, 2, 3, 4, 5, 6, 7, 8, 9],
    b: [0],
  },
} as const satisfies Readonly<Record<string, Setup>>;
export type PresetName = keyof typeof PRESETS;

function exampleOf(name: keyof typeof examples): Setup {
  const { x, w, b, stride, padding } = examples[name];
  const [channels = 1, height = 1, width = 1] = x.shape;
  const [outputs = 1, , rows = 1, cols = 1] = w.shape;
  return {
    input: [channels, height, width],
    outputs,
    kernel: [rows, cols],
    settings: { ...PLAIN, stride: [stride, stride], padding: [padding, padding] },
    seed: 0,
    x: x.data,
    w: w.data,
    b: b.length > 0 ? b : new Array<number>(outputs).fill(0),
  };
}

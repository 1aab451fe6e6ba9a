/** The filter of the view as a link holds it, and the kernel that it is. */

import { ACROSS } from "$/filters/edges";
import {
  FILTERS,
  filterNamed,
  kernelNamed,
  RANGES,
  sourceOf,
  type Choice,
  type FilterName,
  type KernelName,
  type Operation,
  type Setting,
  type Values,
} from "$/filters/entries";
import { BORDERS, type Border } from "$/filters/image";
import { LARGEST, type Kernel } from "$/filters/kernel";
import { gaussianRadius, gaussianWeights } from "$/filters/smooth";
import type { Noise } from "$/filters/noise";
import { outer, surface, usualSize } from "$/labs/images/surface";
import { parsedNumber } from "$/labs/view/number";

/** A kernel as it is written: numbers over one divisor. */
export interface Written {
  readonly rows: number;
  readonly cols: number;
  readonly values: readonly number[];
  readonly divisor: number;
}

export interface Setup {
  /** A named filter; null for a kernel of one's own. */
  readonly filter: FilterName | null;
  readonly values: Partial<Values>;
  readonly kernel: Written;
  readonly operation: Operation;
  readonly border: Border;
  readonly noise: Noise;
}

export const IDENTITY: Written = {
  rows: 3,
  cols: 3,
  values: [0, 0, 0, 0, 1, 0, 0, 0, 0],
  divisor: 1,
};

const KEYS = [
  ...["filter", "size", "sigma", "share", "kernel", "divisor", "operation", "border"],
  ...["pepper", "noise", "amount", "seed"],
] as const;
export type AddressKey = (typeof KEYS)[number];

export function read(get: (key: AddressKey) => string): Setup {
  const name = get("filter");
  const named = name === "" ? "sobel_x" : Object.hasOwn(FILTERS, name) ? name : null;
  const limited = (key: AddressKey, low: number, high: number, usual: number): number => {
    const value = Number(get(key));
    return get(key) !== "" && value >= low && value <= high ? value : usual;
  };
  const values = Object.fromEntries(
    Object.entries(RANGES)
      .filter(([key]) => get(key as Setting) !== "")
      .map(([key, { low, high }]) => [key, limited(key as Setting, low, high, NaN)])
      .filter(([key, value]) => isUsable(key as Setting, value as number)),
  ) as Partial<Values>;
  const border = get("border") as Border;
  return {
    filter: name === "own" ? null : ((named ?? "sobel_x") as FilterName),
    values,
    kernel: kernelOf(get("kernel"), get("divisor")) ?? IDENTITY,
    operation: get("operation") === "convolution" ? "convolution" : "correlation",
    border: BORDERS.includes(border) ? border : "reflect",
    noise: {
      // noise=salt_and_pepper&amount=0.1 is short for pepper=0.1
      pepper:
        get("noise") === "salt_and_pepper"
          ? limited("amount", 0, 1, 0.1)
          : limited("pepper", 0, 1, 0),
      sigma:
        get("noise") === "gaussian" ? limited("amount", 0, 100, 20) : limited("noise", 0, 100, 0),
      seed: Math.floor(limited("seed", 0, 9999, 0)),
    },
  };
}

const isUsable = (key: Setting, value: number): boolean =>
  !Number.isNaN(value) && (key !== "size" || value % 2 === 1);

export function written(setup: Setup): Partial<Record<AddressKey, string>> {
  const { filter, kernel, noise, values } = setup;
  const isOwn = filter === null;
  const text = (value: number | undefined): string => (value === undefined ? "" : String(value));
  return {
    filter: isOwn ? "own" : filter === "sobel_x" ? "" : filter,
    size: isOwn ? "" : text(values.size),
    sigma: isOwn ? "" : text(values.sigma),
    share: isOwn ? "" : text(values.share),
    kernel: isOwn
      ? rowsOf(kernel)
          .map((row) => row.join(","))
          .join("/")
      : "",
    divisor: isOwn && kernel.divisor !== 1 ? String(kernel.divisor) : "",
    operation: isOwn && setup.operation === "convolution" ? "convolution" : "",
    border: setup.border === "reflect" ? "" : setup.border,
    pepper: noise.pepper === 0 ? "" : String(noise.pepper),
    noise: noise.sigma === 0 ? "" : String(noise.sigma),
    seed: noise.seed === 0 ? "" : String(noise.seed),
  };
}

export function rowsOf({ rows, cols, values }: Written): number[][] {
  return Array.from({ length: rows }, (_, row) => [...values.slice(row * cols, (row + 1) * cols)]);
}

/** Return the kernel of a text as 0,-1,0/-1,4,-1/0,-1,0; null for any other text. */
function kernelOf(text: string, divisor: string): Written | null {
  if (text === "" || text.length > 2000) return null;
  const rows = text.split("/").map((row) => row.split(",").map((one) => parsedNumber(one)));
  const [first = []] = rows;
  const isOdd = rows.length % 2 === 1 && first.length % 2 === 1;
  const fits = rows.length <= LARGEST && first.length <= LARGEST && isOdd;
  if (!fits || rows.some((row) => row.length !== first.length || row.includes(null))) return null;
  const over = parsedNumber(divisor === "" ? "1" : divisor);
  if (over === null || over === 0) return null;
  const values = rows.flat().map((value) => value ?? 0);
  return { rows: rows.length, cols: first.length, values, divisor: over };
}

export const kernelOfWritten = ({ rows, cols, values, divisor }: Written): Kernel => ({
  rows,
  cols,
  values: values.map((value) => value / divisor),
});

export function choiceOf({ filter, values, kernel, operation }: Setup): Choice {
  if (filter === null) return { kernel: kernelOfWritten(kernel), operation };
  return { name: filter, values };
}

/** Return the settings of a filter, with its defaults. */
export function settingsOf({ filter, values }: Setup): readonly [Setting, number][] {
  if (filter === null) return [];
  const defaults = filterNamed(filter).settings;
  return (Object.entries(defaults) as [Setting, number][]).map(([key, usual]) => [
    key,
    values[key] ?? usual,
  ]);
}

/** Return the numbers over a divisor that a setup is written with; null if it is no such kernel. */
export function writtenKernel(setup: Setup): Written | null {
  if (setup.filter === null) return setup.kernel;
  const { kernel: name } = filterNamed(setup.filter);
  return name === undefined ? null : namedKernel(name);
}

export function namedKernel(name: KernelName): Written {
  const { rows, cols, values } = kernelNamed(name);
  const { divisor } = sourceOf(name);
  return { rows, cols, values: values.map((value) => Math.round(value * divisor)), divisor };
}

/** Return the kernels whose sums a filter is made of: none, one, or Gx and Gy. */
export function kernelsOf(setup: Setup): readonly Kernel[] {
  const own = writtenKernel(setup);
  if (own) return [kernelOfWritten(own)];
  const settings = Object.fromEntries(settingsOf(setup)) as Partial<Values>;
  const { size = 3, sigma = 1 } = settings;
  if (setup.filter === "mean") return [outer(uniform(size), uniform(size))];
  if (setup.filter === "gaussian") {
    const weights = gaussianWeights(sigma, gaussianRadius(sigma));
    return [outer(weights, weights)];
  }
  if (setup.filter === "log") return [surface("log", sigma, usualSize(sigma))];
  const operator = (setup.filter ?? "").replace("_direction", "");
  if (Object.hasOwn(ACROSS, operator)) {
    const across = ACROSS[operator as keyof typeof ACROSS];
    return [outer(across, [-1, 0, 1]), outer([-1, 0, 1], across)];
  }
  return [];
}

const uniform = (size: number): number[] => new Array<number>(size).fill(1 / size);

/** Return the command that does the same. */
export function commandOf(setup: Setup): string {
  const parts = ["convscope filter photo.jpg"];
  if (setup.filter === null) {
    const rows = rowsOf(setup.kernel).map((row) =>
      row.map((value) => over(value, setup)).join(" "),
    );
    parts.push(`--kernel "${rows.join("; ")}"`);
    if (setup.operation === "convolution") parts.push("--operation convolution");
  } else {
    parts.push(setup.filter);
    for (const [key, value] of settingsOf(setup))
      parts.push(`--${key === "share" ? "sigma-value" : key} ${value}`);
  }
  if (setup.border !== "reflect") parts.push(`--border ${setup.border}`);
  return `${parts.join(" ")} -o out.png`;
}

function over(value: number, { kernel }: Setup): string {
  return kernel.divisor === 1 || value === 0 ? String(value) : `${value}/${kernel.divisor}`;
}

export { KEYS };

/** Every named filter, as `convscope.filters.apply.FILTERS`. */

import kernels from "$/filters/kernels.json";
import { direction, laplacianOfGaussian, magnitude } from "$/filters/edges";
import type { Border, Image } from "$/filters/image";
import { kernelOf, rotated, type Kernel } from "$/filters/kernel";
import { correlate, type Result } from "$/filters/linear";
import { bilateral, gaussian, mean, median } from "$/filters/smooth";

export type KernelName = keyof typeof kernels;

/** Settings that some filters have. */
export interface Values {
  readonly size: number;
  readonly sigma: number;
  /** Of the bilateral filter: width in value, as a share of the range from black to white. */
  readonly share: number;
}
export type Setting = keyof Values;

export const RANGES: Readonly<Record<Setting, { low: number; high: number; step: number }>> = {
  size: { low: 1, high: 15, step: 2 },
  sigma: { low: 0.3, high: 8, step: 0.1 },
  share: { low: 0.02, high: 0.6, step: 0.02 },
};

interface Filter {
  readonly group: "smooth" | "edges" | "style";
  readonly settings: Partial<Values>;
  run(image: Image, values: Values, border: Border): Result;
  /** The kernel that it is, if it is one. */
  readonly kernel?: KernelName;
}

export const kernelNamed = (name: KernelName): Kernel =>
  kernelOf(kernels[name].rows, kernels[name].divisor);

export const sourceOf = (name: KernelName): { divisor: number; source: string } => kernels[name];

const linear = (kernel: KernelName, group: Filter["group"]): Filter => ({
  group,
  settings: {},
  kernel,
  run: (image, _, border) => correlate(image, kernelNamed(kernel), border),
});

export const FILTERS = {
  mean: { group: "smooth", settings: { size: 3 }, run: (x, { size }, b) => mean(x, size, b) },
  median: { group: "smooth", settings: { size: 3 }, run: (x, { size }, b) => median(x, size, b) },
  gaussian: {
    group: "smooth",
    settings: { sigma: 1 },
    run: (x, { sigma }, b) => gaussian(x, sigma, b),
  },
  gaussian3: linear("gaussian3", "smooth"),
  gaussian5: linear("gaussian5", "smooth"),
  bilateral: {
    group: "smooth",
    settings: { size: 9, sigma: 3, share: 0.1 },
    run: (x, values, b) => bilateral(x, values, b),
  },
  sobel: { group: "edges", settings: {}, run: (x, _, b) => magnitude(x, "sobel", b) },
  sobel_x: linear("sobel_x", "edges"),
  sobel_y: linear("sobel_y", "edges"),
  sobel_direction: { group: "edges", settings: {}, run: (x, _, b) => direction(x, "sobel", b) },
  scharr: { group: "edges", settings: {}, run: (x, _, b) => magnitude(x, "scharr", b) },
  scharr_x: linear("scharr_x", "edges"),
  scharr_y: linear("scharr_y", "edges"),
  prewitt: { group: "edges", settings: {}, run: (x, _, b) => magnitude(x, "prewitt", b) },
  prewitt_x: linear("prewitt_x", "edges"),
  prewitt_y: linear("prewitt_y", "edges"),
  laplacian4: linear("laplacian4", "edges"),
  laplacian8: linear("laplacian8", "edges"),
  log: {
    group: "edges",
    settings: { sigma: 1.4 },
    run: (x, { sigma }, b) => laplacianOfGaussian(x, sigma, b),
  },
  sharpen: linear("sharpen", "style"),
  emboss: linear("emboss", "style"),
} as const satisfies Readonly<Record<string, Filter>>;

export type FilterName = keyof typeof FILTERS;

export const filterNamed = (name: FilterName): Filter => FILTERS[name];

/** A filter with its settings, or a kernel of one's own. */
export type Choice =
  | { readonly name: FilterName; readonly values: Partial<Values> }
  | { readonly kernel: Kernel; readonly operation: Operation };
export type Operation = "correlation" | "convolution";

const DEFAULTS: Values = { size: 3, sigma: 1, share: 0.1 };

export function apply(image: Image, choice: Choice, border: Border): Result {
  if ("kernel" in choice) {
    const { kernel, operation } = choice;
    return correlate(image, operation === "convolution" ? rotated(kernel) : kernel, border);
  }
  const filter = filterNamed(choice.name);
  return filter.run(image, { ...DEFAULTS, ...filter.settings, ...choice.values }, border);
}

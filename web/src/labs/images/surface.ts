/** Kernels as heights over the plane, as `convscope.labs.surface`. */

import { secondDerivative } from "$/filters/edges";
import { kernelNamed, type KernelName } from "$/filters/entries";
import type { Kernel } from "$/filters/kernel";
import kernels from "$/filters/kernels.json";
import { gaussianRadius, gaussianWeights } from "$/filters/smooth";

/** Kernels of any width, and those of the filters. */
export const COMPUTED = ["gaussian", "log"] as const;
export type SurfaceName = (typeof COMPUTED)[number] | KernelName;
export const SURFACES: readonly SurfaceName[] = [
  ...COMPUTED,
  ...(Object.keys(kernels) as KernelName[]),
];

export const isComputed = (name: SurfaceName): name is (typeof COMPUTED)[number] =>
  name === "gaussian" || name === "log";

/** Return the side that holds a kernel to 4 sigma. */
export const usualSize = (sigma: number): number => 2 * Math.max(1, gaussianRadius(sigma)) + 1;

/** Return the weights; those of a Gaussian have the sum 1 whatever their size. */
export function surface(name: SurfaceName, sigma: number, size: number): Kernel {
  if (!isComputed(name)) return kernelNamed(name);
  const radius = (size - 1) / 2;
  const g = gaussianWeights(sigma, radius);
  if (name === "gaussian") return outer(g, g);
  const second = secondDerivative(sigma, radius);
  const [across, down] = [outer(g, second), outer(second, g)];
  return { ...across, values: across.values.map((value, n) => value + (down.values[n] ?? 0)) };
}

export function outer(column: readonly number[], row: readonly number[]): Kernel {
  const values = column.flatMap((a) => row.map((b) => a * b));
  return { rows: column.length, cols: row.length, values };
}

export const sectionOf = ({ rows, cols, values }: Kernel): readonly number[] => {
  const middle = Math.floor(rows / 2) * cols;
  return values.slice(middle, middle + cols);
};

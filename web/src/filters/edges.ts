/** Edges: gradient magnitude and direction, Laplacian of Gaussian. */

import type { Border, Image } from "$/filters/image";
import { rint } from "$/filters/image";
import type { Result } from "$/filters/linear";
import { gaussianRadius, gaussianWeights, separable, sizes } from "$/filters/smooth";

/** Smoothing across the derivative, which is (-1, 0, 1). */
export const ACROSS = { sobel: [1, 2, 1], scharr: [3, 10, 3], prewitt: [1, 1, 1] } as const;
export type Operator = keyof typeof ACROSS;
const DERIVATIVE = [-1, 0, 1];

function derivatives(
  image: Image,
  operator: Operator,
  border: Border,
): [Float32Array, Float32Array] {
  const across = ACROSS[operator];
  return [
    separable(image, across, DERIVATIVE, border),
    separable(image, DERIVATIVE, across, border),
  ];
}

/** Return sqrt(Gx^2 + Gy^2), rounded. */
export function magnitude(image: Image, operator: Operator, border: Border): Result {
  const [x, y] = derivatives(image, operator, border);
  const data = x.map((value, place) => rint(Math.fround(Math.hypot(value, y[place] ?? 0))));
  return { ...sizes(image), data, view: "absolute" };
}

/** Return atan2(Gy, Gx) in radians: 0 where it is brighter to the right, pi/2 downwards. */
export function direction(image: Image, operator: Operator, border: Border): Result {
  const [x, y] = derivatives(image, operator, border);
  const data = x.map((value, place) => Math.atan2(y[place] ?? 0, value));
  return { ...sizes(image), data, view: "angle" };
}

/** Return the second derivative of a Gaussian: g(x) (x^2 / sigma^4 - 1 / sigma^2). */
export function secondDerivative(sigma: number, radius: number): readonly number[] {
  return gaussianWeights(sigma, radius).map(
    (weight, place) => weight * ((place - radius) ** 2 / sigma ** 4 - sigma ** -2),
  );
}

/** Return the Laplacian of the image smoothed by a Gaussian (Marr and Hildreth 1980). */
export function laplacianOfGaussian(image: Image, sigma: number, border: Border): Result {
  const radius = Math.max(1, gaussianRadius(sigma));
  const smooth = gaussianWeights(sigma, radius);
  const second = secondDerivative(sigma, radius);
  const across = separable(image, smooth, second, border);
  const down = separable(image, second, smooth, border);
  return {
    ...sizes(image),
    data: across.map((value, place) => value + (down[place] ?? 0)),
    view: "scaled",
  };
}

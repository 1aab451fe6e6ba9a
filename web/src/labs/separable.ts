/**
 * A convolution, and its separable counterpart, as `convscope.labs.layers.separable`.
 *
 *     standard K^2 C O weights;  depthwise K^2 C, pointwise C O
 */

export interface Sizes {
  readonly channels: number;
  readonly outputs: number;
  readonly kernel: number;
  /** Height and width of input and output. */
  readonly size: number;
}

export interface Cost {
  /** No biases. */
  readonly weights: number;
  readonly macs: number;
}

export interface Costs {
  readonly standard: Cost;
  readonly depthwise: Cost;
  readonly pointwise: Cost;
  /** Both parts over the standard convolution: 1/O + 1/K^2. */
  readonly ratio: number;
}

export function costs({ channels, outputs, kernel, size }: Sizes): Costs {
  const area = kernel * kernel;
  const cost = (weights: number): Cost => ({ weights, macs: weights * size * size });
  return {
    standard: cost(area * channels * outputs),
    depthwise: cost(area * channels),
    pointwise: cost(channels * outputs),
    ratio: 1 / outputs + 1 / area,
  };
}

/** Colour scale of activations: around 0 if there are negative ones, else from 0. */

import { range } from "$/payload/arrays";
import type { Scale } from "$/payload/types";

/** Part of the numbers that lie within the scale; few strong ones do not make the others pale. */
const WITHIN = 0.995;
const MOST_SAMPLES = 4096;

/**
 * Return the scale that all maps of a layer share. It ends where 99.5 % of the numbers lie within;
 * those beyond have the colours of its ends.
 */
export function scaleOf(values: ArrayLike<number>): Scale {
  const [low, high] = range(values);
  const reach = quantile(values) || Math.max(-low, high) || 1;
  if (low < 0) return { colours: "blue-white-red", low: -reach, high: reach };
  return { colours: "viridis", low: 0, high: reach };
}

/** Return the scale of one map alone, from its own numbers. */
export function ownScaleOf(values: ArrayLike<number>, isSigned: boolean): Scale {
  const [low, high] = range(values);
  const reach = Math.max(-low, high) || 1;
  if (isSigned) return { colours: "blue-white-red", low: -reach, high: reach };
  return { colours: "viridis", low: 0, high: reach };
}

/** The magnitude below which `WITHIN` of the numbers lie, by evenly spaced samples. */
function quantile(values: ArrayLike<number>): number {
  const stride = Math.max(1, Math.floor(values.length / MOST_SAMPLES));
  const samples: number[] = [];
  for (let place = 0; place < values.length; place += stride)
    samples.push(Math.abs(values[place] ?? 0));
  samples.sort((one, two) => one - two);
  return samples[Math.ceil(WITHIN * (samples.length - 1))] ?? 0;
}

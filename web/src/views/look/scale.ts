/** Colour scale of a layer's activations: around 0 if there are negative ones, else from 0. */

import { range } from "$/payload/arrays";
import { around } from "$/payload/paint";
import type { Scale } from "$/payload/types";

export function scaleOf(values: ArrayLike<number>): Scale {
  const [low, high] = range(values);
  if (low < 0) return around(values);
  return { colours: "viridis", low: 0, high: high > 0 ? high : 1 };
}

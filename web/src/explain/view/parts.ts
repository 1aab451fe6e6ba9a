/** An explanation divided for drawing: contributions by input channel, scales, short numbers. */

import { brief } from "$/explain/formula";
import type { Explanation, Layout, Term } from "$/explain/types";
import { range } from "$/payload/arrays";
import { around } from "$/payload/paint";
import type { Scale } from "$/payload/types";

/** The terms of one input channel. */
export interface Part {
  readonly channel: number;
  readonly terms: readonly Term[];
  readonly sum: number;
}

export function partsOf(terms: readonly Term[], layout: Layout): readonly Part[] {
  const size = layout.rows.length * layout.cols.length;
  return layout.channels.map((channel, place) => {
    const own = terms.slice(place * size, (place + 1) * size);
    return { channel, terms: own, sum: own.reduce((sum, term) => sum + term.product, 0) };
  });
}

/** Return parts with the largest contributions first. */
export function sorted(parts: readonly Part[]): readonly Part[] {
  return [...parts].sort((a, b) => Math.abs(b.sum) - Math.abs(a.sum) || a.channel - b.channel);
}

/** Return whether all weights are one number, as those of a mean. */
export function isUniform({ terms }: Explanation): boolean {
  const first = terms[0]?.weight;
  return terms.every((term) => term.weight === first);
}

/** Return the scale of a map: around 0 if there are negative values, else from 0. */
export function scaleOf(values: ArrayLike<number>): Scale {
  const [low, high] = range(values);
  if (low < 0) return around(values);
  return { colours: "viridis", low: 0, high: high > 0 ? high : 1 };
}

/** Return the power of 1000 by which numbers of a panel are divided, so that cells hold digits. */
export function exponentOf(largest: number): number {
  if (!(largest > 0) || !Number.isFinite(largest)) return 0;
  const exponent = 3 * Math.floor(Math.log10(largest) / 3 + 1 / 3);
  return exponent === 3 ? 0 : exponent;
}

/** Return a number for a narrow cell: two digits and no 0 before the point, as −.43. */
export function narrow(value: number): string {
  const size = Math.abs(value);
  if (size === 0 || !Number.isFinite(value)) return brief(value);
  if (size < 0.005) return "≈0";
  return pointed(value, size >= 99.5 ? Math.round(size) : Number(size.toPrecision(2)));
}

/** Return a number for the narrowest cells that hold one: at most two digits after the point. */
export function narrowest(value: number): string {
  const size = Math.abs(value);
  if (size === 0 || size >= 99.5 || !Number.isFinite(value)) return narrow(value);
  if (size < 0.005) return "≈0";
  return pointed(value, Number(size >= 9.95 ? size.toFixed(0) : size.toFixed(size >= 1 ? 1 : 2)));
}

function pointed(value: number, size: number): string {
  return (value < 0 ? "−" : "") + unsigned(size);
}

function unsigned(size: number): string {
  return size >= 1e5 ? brief(size) : String(size).replace(/^0\./, ".");
}

/** Return the place of a number between two ends, in percent. */
export function percentOf(value: number, low: number, high: number): number {
  return high > low ? (100 * (value - low)) / (high - low) : 0;
}

/** Return whether a sum of float64 agrees with an activation of float32, by the layer's largest. */
export function agrees(difference: number, largest: number): boolean {
  return Math.abs(difference) <= 1e-5 * Math.max(largest, Number.MIN_VALUE);
}

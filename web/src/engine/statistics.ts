/** Numbers about a layer's activations, weights and gradients. */

import type { Histogram } from "$/engine/types";

/** Values of a layer that are looked at, at most. */
const MOST = 30_000;

export interface Summary {
  readonly mean: number;
  readonly std: number;
  readonly dead: number;
  readonly saturated: number;
  readonly histogram: Histogram;
}

export function histogram(values: Float32Array, bins: number): Histogram {
  let low = Infinity;
  let high = -Infinity;
  // loops over indexes: those over values are several times slower
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (!(low <= high)) return { low: 0, high: 0, counts: Array.from({ length: bins }, () => 0) };
  const counts = new Int32Array(bins);
  const factor = high > low ? bins / (high - low) : 0;
  for (let i = 0; i < values.length; i++) {
    const bin = Math.min(bins - 1, ((values[i] ?? 0) - low) * factor) | 0;
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return { low, high, counts: [...counts] };
}

/** Sample units of a tensor [units][batch] evenly; only the first `count` images. */
function sample(tensor: Float32Array, batch: number, count: number): Float32Array {
  const units = tensor.length / batch;
  const taken = Math.max(1, Math.min(units, Math.floor(MOST / count)));
  const values = new Float32Array(taken * count);
  for (let i = 0; i < taken; i++) {
    const from = Math.floor((i * units) / taken) * batch;
    values.set(tensor.subarray(from, from + count), i * count);
  }
  return values;
}

/** Share of units (rows of `count` values) that are 0 for every image. */
function deadShare(values: Float32Array, count: number): number {
  const units = values.length / count;
  let dead = 0;
  for (let i = 0; i < units; i++) {
    let alive = false;
    for (let n = 0; n < count && !alive; n++) alive = values[i * count + n] !== 0;
    dead += Number(!alive);
  }
  return dead / units;
}

/** Share of values within 1 % of an end of the range. */
function saturatedShare(values: Float32Array, ends: readonly [number, number] | undefined): number {
  if (!ends) return 0;
  const margin = 0.01 * (ends[1] - ends[0]);
  const [low, high] = [ends[0] + margin, ends[1] - margin];
  let hits = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    if (value < low || value > high) hits += 1;
  }
  return hits / values.length;
}

export function summarise(
  tensor: Float32Array,
  batch: number,
  count: number,
  ends: readonly [number, number] | undefined,
  bins: number,
): Summary {
  const values = sample(tensor, batch, count);
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] ?? 0;
  const mean = sum / values.length;
  for (let i = 0; i < values.length; i++) squares += ((values[i] ?? 0) - mean) ** 2;
  return {
    mean,
    std: Math.sqrt(squares / values.length),
    dead: deadShare(values, count),
    saturated: saturatedShare(values, ends),
    histogram: histogram(values, bins),
  };
}

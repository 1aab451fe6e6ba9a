/** Axes of a parallel-coordinates plot: where values lie, and which trials the brushes keep. */

import type { Dimension, Trial } from "../records";

/** An axis; a place is 0 at its low end and 1 at its high one. */
export interface Axis {
  readonly id: string;
  readonly title: string;
  readonly ticks: readonly { readonly place: number; readonly text: string }[];
  readonly placeOf: (trial: Trial) => number | null;
  readonly textOf: (trial: Trial) => string;
}

/** Kept part of an axis, in places. */
export type Brush = readonly [low: number, high: number];
export type Brushes = Readonly<Record<string, Brush>>;

export const ACCURACY = "accuracy";

const short = (value: number): string => Number(value.toPrecision(3)).toString();
const clamped = (place: number): number => Math.min(1, Math.max(0, place));

/** Return the axis of a setting: linear or logarithmic over a range, or one place for each value. */
export function axisOf(dimension: Dimension, trials: readonly Trial[]): Axis {
  const { name } = dimension;
  const textOf = (trial: Trial): string => trial.values[name] ?? "";
  if (dimension.low == null || dimension.high == null) {
    const seen = trials.map(textOf).filter(Boolean);
    const values = dimension.values?.length ? dimension.values : [...new Set(seen)];
    const place = (index: number): number =>
      values.length > 1 ? index / (values.length - 1) : 0.5;
    return {
      id: name,
      title: name,
      ticks: values.map((text, index) => ({ place: place(index), text })),
      placeOf: (trial) => {
        const index = values.findIndex((value) => same(value, textOf(trial)));
        return index < 0 ? null : place(index);
      },
      textOf,
    };
  }
  const isLog = dimension.log === true && dimension.low > 0;
  const scale = (value: number): number => (isLog ? Math.log(value) : value);
  const [low, high] = [scale(dimension.low), scale(dimension.high)];
  const middle = isLog ? Math.exp((low + high) / 2) : (low + high) / 2;
  return {
    id: name,
    title: name,
    ticks: [
      { place: 0, text: short(dimension.low) },
      { place: 0.5, text: short(middle) },
      { place: 1, text: short(dimension.high) },
    ],
    placeOf: (trial) => {
      const value = Number(textOf(trial) || NaN);
      if (!Number.isFinite(value) || high === low) return null;
      return clamped((scale(value) - low) / (high - low));
    },
    textOf,
  };
}

/** "0.10" and "0.1" are one value of a list, and so are `"a"` and `a`. */
function same(one: string, other: string): boolean {
  if (one === other || one === JSON.stringify(other)) return true;
  return one !== "" && other !== "" && Number(one) === Number(other);
}

/** Return the axis of the accuracy that trials reached. */
export function accuracyAxis(
  trials: readonly Trial[],
  title: string,
  write: (share: number) => string,
): Axis {
  const values = trials.flatMap(({ accuracy }) => (accuracy === null ? [] : [accuracy]));
  let [low, high] = [Math.min(1, ...values), Math.max(0, ...values)];
  if (!(high > low)) [low, high] = values.length > 0 ? [low - 0.01, high + 0.01] : [0, 1];
  return {
    id: ACCURACY,
    title,
    ticks: [0, 0.5, 1].map((place) => ({ place, text: write(low + place * (high - low)) })),
    placeOf: ({ accuracy }) =>
      accuracy === null ? null : clamped((accuracy - low) / (high - low)),
    textOf: ({ accuracy }) => (accuracy === null ? "" : write(accuracy)),
  };
}

/** Return the trials that lie within all brushes; without a value there is no place within one. */
export function kept(
  trials: readonly Trial[],
  axes: readonly Axis[],
  brushes: Brushes,
): readonly Trial[] {
  const active = axes.flatMap((axis) => {
    const brush = brushes[axis.id];
    return brush ? [{ axis, brush }] : [];
  });
  return trials.filter((trial) =>
    active.every(({ axis, brush: [low, high] }) => {
      const place = axis.placeOf(trial);
      return place !== null && place >= low - 1e-9 && place <= high + 1e-9;
    }),
  );
}

/** A hand that ends so near to an end of the axis means the end. */
const NEAR = 0.03;
const snapped = (place: number): number => (place < NEAR ? 0 : place > 1 - NEAR ? 1 : place);

/** Return a brush between two places, in order; null if they are one. */
export function brushOf(one: number, other: number): Brush | null {
  const [low, high] = [snapped(Math.min(one, other)), snapped(Math.max(one, other))];
  return high - low < 0.01 ? null : [low, high];
}

/**
 * Return Spearman's rank correlation of a setting with the accuracy; null with fewer than 4 trials.
 *
 * It tells how steadily one rises with the other: a sign of importance, not a proof.
 */
export function rankCorrelation(trials: readonly Trial[], axis: Axis): number | null {
  const pairs = trials.flatMap((trial) => {
    const place = axis.placeOf(trial);
    return place === null || trial.accuracy === null ? [] : [[place, trial.accuracy] as const];
  });
  if (pairs.length < 4) return null;
  const [x, y] = [ranks(pairs.map(([one]) => one)), ranks(pairs.map(([, other]) => other))];
  const mean = (pairs.length + 1) / 2;
  let [both, ofX, ofY] = [0, 0, 0];
  x.forEach((rank, i) => {
    const [a, b] = [rank - mean, (y[i] ?? 0) - mean];
    both += a * b;
    ofX += a * a;
    ofY += b * b;
  });
  return ofX === 0 || ofY === 0 ? null : both / Math.sqrt(ofX * ofY);
}

/** Return ranks from 1; equal values share the mean of theirs. */
function ranks(values: readonly number[]): number[] {
  return values.map((value) => {
    const below = values.filter((other) => other < value).length;
    const equal = values.filter((other) => other === value).length;
    return below + (equal + 1) / 2;
  });
}

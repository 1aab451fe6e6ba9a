/** Axes of curves that grow: their ends, and round numbers on them. */

import { smoothed, visible, type Points } from "./points";

export interface Axes {
  readonly low: number;
  readonly high: number;
  /** Least and largest x. */
  readonly start: number;
  readonly end: number;
  readonly log: boolean;
}

/** A line as far as axes know it. */
export interface Measured {
  readonly series: Points;
  readonly noisy: boolean;
}

export type Kind = "loss" | "share" | "rate";

export interface Span {
  readonly start: number;
  readonly end: number;
  /** A part that the reader chose: the axis fits what is in it. */
  readonly zoomed: boolean;
}

export interface AxisOptions {
  readonly log: boolean;
  /** Share of a moving average that stays; 0 draws the points. */
  readonly smoothing: number;
  /** Loss of guessing: ln(classes). */
  readonly guessing: number;
}

/** Return the axes that show all lines. */
export function axesOf(
  kind: Kind,
  lines: readonly Measured[],
  span: Span,
  options: AxisOptions,
): Axes {
  if (kind === "rate" || span.zoomed) return fitted(kind, lines, span, options);
  if (kind === "share") return shareAxes(lines, span);
  return lossAxes(lines, span, options);
}

/** Return the range of a loss: from below the least value to above that of guessing. */
export function lossAxes(
  lines: readonly Measured[],
  { start, end }: Span,
  { log, smoothing, guessing }: AxisOptions,
): Axes {
  let low = guessing / 2;
  let last = 0;
  for (const { series, noisy } of lines) {
    const values = smoothed(series, noisy ? smoothing : 0);
    for (const value of values) if (value < low) low = value;
    last = Math.max(last, values.at(-1) ?? 0);
  }
  // a loss that was high once is cut off; one that is high now is diverging, and is shown
  const high = Math.max(1.6 * guessing, 1.2 * last);
  return { low: log ? Math.max(1e-4, 0.7 * low) : 0, high, start, end, log };
}

/** Return the range of accuracy: the upper part once all lines are there. */
export function shareAxes(lines: readonly Measured[], { start, end }: Span): Axes {
  const lasts = lines.flatMap(({ series, noisy }) =>
    noisy || !series.last ? [] : [series.last.y],
  );
  const least = Math.min(...(lasts.length > 0 ? lasts : [0]));
  const low = least > 0.97 ? 0.9 : least > 0.88 ? 0.7 : 0;
  return { low, high: 1, start, end, log: false };
}

/** Return the range of what is between two x, with a margin. */
function fitted(
  kind: Kind,
  lines: readonly Measured[],
  { start, end }: Span,
  { log, smoothing }: AxisOptions,
): Axes {
  let [low, high] = [Infinity, -Infinity];
  for (const { series, noisy } of lines) {
    const values = smoothed(series, noisy ? smoothing : 0);
    const [from, to] = visible(series, start, end);
    for (let i = from; i < to; i++) {
      const value = values[i] ?? NaN;
      if (log && !(value > 0)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  if (!(low <= high)) return { low: log ? 0.1 : 0, high: 1, start, end, log };
  if (log) return { low: low / 1.15, high: high * 1.15, start, end, log };
  const margin = 0.06 * (high - low) || 0.06 * Math.abs(high) || 0.5;
  const most = kind === "share" ? Math.min(1, high + margin) : high + margin;
  const least = kind === "rate" ? 0 : Math.max(0, low - margin);
  return { low: least, high: most > least ? most : least + 1, start, end, log };
}

/** Return round numbers between two ends, at most about `most` of them. */
export function ticks(low: number, high: number, most: number): number[] {
  const rough = (high - low) / Math.max(1, most);
  if (!(rough > 0)) return [];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: Math.max(0, count) }, (_, index) => (first + index) * step);
}

/** Return 0.01, 0.1, 1 ... with 2 and 5 between them if these are few. */
export function logTicks(low: number, high: number): number[] {
  const decades = Math.log10(high / low);
  const factors = decades < 1.2 ? [1, 2, 5] : decades < 2.4 ? [1, 3] : [1];
  const values: number[] = [];
  for (let power = Math.floor(Math.log10(low)); 10 ** power <= high; power++) {
    for (const factor of factors) values.push(factor * 10 ** power);
  }
  const inside = values.filter((value) => value >= low && value <= high);
  return inside.length > 1 ? inside : ticks(low, high, 4);
}

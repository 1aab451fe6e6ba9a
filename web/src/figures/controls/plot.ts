/** Straight scales from numbers to pixels, and round numbers along them. */

export interface Axis {
  readonly low: number;
  readonly high: number;
  /** Return the pixel of a number. */
  readonly at: (value: number) => number;
  /** Return the number of a pixel. */
  readonly of: (pixel: number) => number;
}

/** Return the scale that maps low ... high to the pixels from ... to. */
export function axis(low: number, high: number, from: number, to: number): Axis {
  const slope = (to - from) / (high - low || 1);
  return {
    low,
    high,
    at: (value) => from + (value - low) * slope,
    of: (pixel) => low + (pixel - from) / slope,
  };
}

/** Return 1, 2 or 5 times a power of ten: about `count` steps fit between low and high. */
export function ticks(low: number, high: number, count: number): readonly number[] {
  const rough = (high - low) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((one) => one * power >= rough) ?? 10) * power;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, n) =>
    Number(((first + n) * step).toFixed(9)),
  );
}

/** Return the points of a function as SVG writes them, cut off at the ends of the axes. */
export function curve(x: Axis, y: Axis, f: (x: number) => number, count = 160): string {
  const points: string[] = [];
  for (let n = 0; n <= count; n++) {
    const place = x.low + ((x.high - x.low) * n) / count;
    const value = f(place);
    if (!Number.isFinite(value)) continue;
    points.push(`${x.at(place).toFixed(1)},${y.at(value).toFixed(1)}`);
  }
  return points.join(" ");
}

export const clamp = (value: number, low: number, high: number): number =>
  Math.min(high, Math.max(low, value));

/** Return a number in steps, without the digits that floating point adds. */
export const stepped = (value: number, step: number): number =>
  Number((Math.round(value / step) * step).toFixed(9));

/** Axes of charts: ends, ticks, and the texts of numbers. The rules of `render/axes.py`. */

import { range } from "$/payload/arrays";
import { exponent, fixed, general } from "$/payload/format";

const STEPS = [1, 2, 2.5, 5, 10];
/** Of its values: a range that float labels could not tell apart. */
const NARROW = 1e-9;
/** Beyond, arithmetic would overflow. */
const SMALLEST = 1e-290;
const LARGEST = 1e300;
const LARGEST_LOG = 1e240;
/** Characters of a number before an exponent is used. */
const LONGEST = 7;

/** From `low` to `high`, with round numbers as ticks. */
export interface Axis {
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly number[];
  readonly log: boolean;
}

export interface AxisOptions {
  readonly log?: boolean;
  readonly numTicks?: number;
}

const power = (exponent: number): number => Number(`1e${exponent}`);

/** Return an axis that holds all values and ends at ticks; 0 to 1 without values. */
export function axisAround(values: ArrayLike<number>, options: AxisOptions = {}): Axis {
  const { log = false, numTicks = 5 } = options;
  if (log && values.length > 0) return logAxis(...range(values), numTicks);
  const [low, high] = ends(values);
  const step = stepOf(high / numTicks - low / numTicks);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil(high / step - 1e-9);
  const ticks = Array.from({ length: last - first + 1 }, (_, i) =>
    Number(general((first + i) * step, 12)),
  );
  const [start = low, end = high] = [ticks[0], ticks.at(-1)];
  return { low: Math.min(start, low), high: Math.max(end, high), ticks, log: false };
}

/** Return an axis over whole numbers (steps, epochs, layers) that ends at the values. */
export function axisCounting(values: ArrayLike<number>): Axis {
  const axis = axisAround(values, { numTicks: 8 });
  let [low, high] = values.length > 0 ? range(values) : [0, 1];
  if (low === high) [low, high] = [low - 0.5, high + 0.5];
  const ticks = axis.ticks.filter((tick) => low <= tick && tick <= high && Number.isInteger(tick));
  return { low, high, ticks, log: false };
}

/** Return an axis that ends a little beyond the values, with its ticks inside. */
export function axisNear(values: ArrayLike<number>): Axis {
  const axis = axisAround(values, { numTicks: 6 });
  const [least, most] = ends(values);
  const margin = most / 25 - least / 25;
  const low = Math.max(axis.low, least - margin);
  const high = Math.min(axis.high, most + margin);
  return { low, high, ticks: axis.ticks.filter((tick) => low <= tick && tick <= high), log: false };
}

/** Return the horizontal axis; over whole numbers it ends where the lines end. */
export function axisOf(values: ArrayLike<number>, log: boolean): Axis {
  return !log && isCount(values) ? axisCounting(values) : axisAround(values, { log });
}

/** Return whether all values are whole numbers of a size that is counted. */
function isCount(values: ArrayLike<number>): boolean {
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    if (!Number.isInteger(value) || Math.abs(value) >= 1e9) return false;
  }
  return true;
}

/** Return the place of a value: 0 at the low end, 1 at the high one. */
export function share(axis: Axis, value: number): number {
  const inside = Math.min(Math.max(value, axis.low), axis.high);
  if (axis.log) {
    const [low, high] = [Math.log10(axis.low), Math.log10(axis.high)];
    return (Math.log10(inside) - low) / (high - low);
  }
  return (inside / 2 - axis.low / 2) / (axis.high / 2 - axis.low / 2);
}

/** Return the texts of the ticks, with the same number of decimals on a linear axis. */
export function tickLabels(axis: Axis, percent = false): string[] {
  if (axis.log) return axis.ticks.map((tick) => numberText(tick, percent));
  const texts = textsOf(axis.ticks.map((tick) => tick * (percent ? 100 : 1)));
  return percent ? texts.map((text) => `${text} %`) : texts;
}

/** Return one number, with at most four significant digits, as short as it can be. */
export function numberText(value: number, percent = false): string {
  if (percent) return `${general(value * 100, 4)} %`;
  const short = Number(general(value, 4));
  return Math.abs(short) < 1e-3 ? exponent(short) : (textsOf([short])[0] ?? "");
}

/** Return numbers of one axis with the decimals that tell them apart. */
function textsOf(values: readonly number[]): string[] {
  const largest = Math.max(0, ...values.map(Math.abs));
  const precise = largest * 1e-12;
  const isExact = (decimals: number): boolean =>
    values.every((value) => Math.abs(Number(fixed(value, decimals)) - value) <= precise);
  const decimals = Array.from({ length: 13 }, (_, i) => i).find(isExact);
  const longest = (texts: readonly string[]): number =>
    Math.max(0, ...texts.map((text) => text.replace(/^-+/, "").length));
  if (decimals !== undefined && largest < 1e6) {
    const texts = values.map((value) => fixed(value, decimals));
    if (longest(texts) <= LONGEST) return texts;
  }
  const exponents = values.map(exponent);
  if (decimals === undefined || largest >= 1e15) return exponents;
  const texts = values.map((value) => fixed(value, decimals));
  const whole = (all: readonly string[]): number => Math.max(0, ...all.map((text) => text.length));
  return whole(texts) <= whole(exponents) ? texts : exponents;
}

/** Return the least and the largest value, apart enough for ticks between them. */
function ends(values: ArrayLike<number>): [low: number, high: number] {
  let [low, high] = values.length > 0 ? range(values) : [0, 1];
  [low, high] = [Math.max(low, -LARGEST), Math.min(high, LARGEST)];
  const largest = Math.max(Math.abs(low), Math.abs(high));
  if (high - low <= Math.max(largest * NARROW, SMALLEST)) {
    const margin = largest > SMALLEST ? largest / 2 : 0.5;
    return [low - margin, high + margin];
  }
  return [low, high];
}

function stepOf(least: number): number {
  const unit = power(Math.floor(Math.log10(least)));
  return unit * (STEPS.find((step) => step * unit >= least * (1 - 1e-9)) ?? 10);
}

function logAxis(least: number, most: number, numTicks: number): Axis {
  const [low, high] = [least, most].map((end) =>
    Math.min(Math.max(end, 1 / LARGEST_LOG), LARGEST_LOG),
  ) as [number, number];
  const first = Math.floor(Math.log10(low));
  let last = Math.max(Math.ceil(Math.log10(high)), first + 1);
  const between = last - first > 2 ? [1] : [1, 2, 5];
  const stride = Math.max(1, Math.ceil((last - first) / (2 * numTicks)));
  last = first + Math.ceil((last - first) / stride) * stride;
  const ticks: number[] = [];
  for (let e = first; e < last; e += stride) ticks.push(...between.map((m) => m * power(e)));
  ticks.push(power(last));
  const below = ticks.filter((tick) => tick <= low);
  const start = below.length > 0 ? Math.max(...below) : (ticks[0] ?? low);
  const above = ticks.filter((tick) => tick >= high && tick > start);
  const end = above.length > 0 ? Math.min(...above) : (ticks.at(-1) ?? high);
  const inside = ticks.filter((tick) => start <= tick && tick <= end);
  return { low: start, high: end, ticks: inside, log: true };
}

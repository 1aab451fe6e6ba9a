/** Points of a curve that grows: typed columns of any length, and pairs of them. */

/** Points (x, y) in rising order of x. A y that is not finite is a gap. */
export interface Points {
  readonly length: number;
  /** The newest point with a finite y. */
  readonly last: { readonly x: number; readonly y: number } | null;
  x(index: number): number;
  y(index: number): number;
}

const FIRST_LENGTH = 256;

/** Numbers in a typed array that doubles when it is full. */
export class Growing {
  #values = new Float64Array(FIRST_LENGTH);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  at(index: number): number {
    return index < this.#length ? (this.#values[index] ?? NaN) : NaN;
  }

  add(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = new Float64Array(2 * this.#length);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#length] = value;
    this.#length += 1;
  }

  /** Drop all numbers from a place on. */
  cut(length: number): void {
    this.#length = Math.min(this.#length, Math.max(0, length));
  }

  /** Return the first place whose number is at least `value`, of numbers that rise. */
  placeOf(value: number): number {
    let [low, high] = [0, this.#length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.at(middle) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Return two columns of equal length as points; both may go on growing. */
export function paired(x: Growing, y: Growing): Points {
  return {
    get length() {
      return Math.min(x.length, y.length);
    },
    get last() {
      for (let i = this.length - 1; i >= 0; i--) {
        if (Number.isFinite(y.at(i))) return { x: x.at(i), y: y.at(i) };
      }
      return null;
    },
    x: (index) => x.at(index),
    y: (index) => y.at(index),
  };
}

/** Return the first and the last place (exclusive) that a window from `start` to `end` needs. */
export function visible(points: Points, start: number, end: number): [from: number, to: number] {
  const first = (holds: (x: number) => boolean): number => {
    let [low, high] = [0, points.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (holds(points.x(middle))) high = middle;
      else low = middle + 1;
    }
    return low;
  };
  // one point more at each side, so that lines reach the edges
  const from = Math.max(0, first((x) => x >= start) - 1);
  return [from, Math.min(points.length, first((x) => x > end) + 1)];
}

/** Return the place of the point that is nearest to `x`; -1 without points. */
export function nearest(points: Points, x: number): number {
  const [from, to] = visible(points, x, x);
  let best = -1;
  for (let i = from; i < to; i++) {
    if (!Number.isFinite(points.y(i))) continue;
    if (best < 0 || Math.abs(points.x(i) - x) < Math.abs(points.x(best) - x)) best = i;
  }
  return best;
}

/** Return the places to draw: first, least, largest and last of every run, at most about `most`. */
export function thinned(
  y: (index: number) => number,
  [from, to]: readonly [number, number],
  most: number,
): number[] {
  const size = Math.max(1, Math.ceil((4 * (to - from)) / Math.max(4, most)));
  const places: number[] = [];
  for (let start = from; start < to; start += size) {
    const end = Math.min(start + size, to);
    if (end - start <= 4) {
      for (let i = start; i < end; i++) places.push(i);
      continue;
    }
    let [least, largest] = [start, start];
    for (let i = start + 1; i < end; i++) {
      if (y(i) < y(least)) least = i;
      if (y(i) > y(largest)) largest = i;
    }
    const [one, two] = least < largest ? [least, largest] : [largest, least];
    places.push(start);
    if (one !== start) places.push(one);
    if (two !== one && two !== end - 1) places.push(two);
    places.push(end - 1);
  }
  return places;
}

/**
 * Return y of every point, smoothed by an exponential moving average without the bias of its start.
 *
 * `weight`: share of the average that stays from one point to the next.
 */
export function smoothed(points: Points, weight: number): Float64Array {
  const values = new Float64Array(points.length);
  let [average, mass] = [0, 0];
  for (let index = 0; index < values.length; index++) {
    const y = points.y(index);
    if (Number.isFinite(y)) {
      average = weight * average + (1 - weight) * y;
      mass = weight * mass + (1 - weight);
    }
    values[index] = mass > 0 ? average / mass : NaN;
  }
  return values;
}

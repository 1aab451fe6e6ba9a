/** A curve of any length in constant memory: neighbouring points are averaged as it grows. */

import type { Points } from "./points";

const MOST_BUCKETS = 1024;

/** Points (x, y) in rising order of x; at most 1,024 buckets, each the mean of equally many points. */
export class Series implements Points {
  readonly #x = new Float64Array(MOST_BUCKETS);
  readonly #y = new Float64Array(MOST_BUCKETS);
  #buckets = 0;
  #each = 1;
  #partial = { x: 0, y: 0, count: 0 };
  #last: { x: number; y: number } | null = null;

  /** Number of points to draw. */
  get length(): number {
    return this.#buckets + (this.#partial.count > 0 ? 1 : 0);
  }

  get last(): { x: number; y: number } | null {
    return this.#last;
  }

  x(index: number): number {
    if (index < this.#buckets) return this.#x[index] ?? 0;
    return this.#partial.x / Math.max(1, this.#partial.count);
  }

  y(index: number): number {
    if (index < this.#buckets) return this.#y[index] ?? 0;
    return this.#partial.y / Math.max(1, this.#partial.count);
  }

  /** Add a point; one that is not finite is left out. */
  add(x: number, y: number): void {
    if (!Number.isFinite(x) || !Number.isFinite(y)) return;
    this.#last = { x, y };
    const partial = this.#partial;
    partial.x += x;
    partial.y += y;
    partial.count += 1;
    if (partial.count < this.#each) return;
    this.#x[this.#buckets] = partial.x / partial.count;
    this.#y[this.#buckets] = partial.y / partial.count;
    this.#buckets += 1;
    this.#partial = { x: 0, y: 0, count: 0 };
    if (this.#buckets === MOST_BUCKETS) this.#halve();
  }

  #halve(): void {
    for (let index = 0; index < MOST_BUCKETS / 2; index++) {
      for (const values of [this.#x, this.#y]) {
        values[index] = ((values[2 * index] ?? 0) + (values[2 * index + 1] ?? 0)) / 2;
      }
    }
    this.#buckets = MOST_BUCKETS / 2;
    this.#each *= 2;
  }

  clear(): void {
    this.#buckets = 0;
    this.#each = 1;
    this.#partial = { x: 0, y: 0, count: 0 };
    this.#last = null;
  }
}

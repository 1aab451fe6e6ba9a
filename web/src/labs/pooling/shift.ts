/** A row of detectors before and after a shift, as `convscope.labs.pooling_shift`. */

/** Goodfellow, Bengio and Courville 2016, Fig. 9.8, with three values on each side of it. */
export const ROW: readonly number[] = [0.2, 0.1, 0.3, 0.1, 1, 0.2, 0.1, 0.3, 0.1, 0.2];
export const FIRST = 3;
export const COUNT = 4;
export const MOST_SHIFT = 3;
export const SIZES: readonly number[] = [1, 3, 5, 7];

const SAME = 1e-6;

export interface Rows {
  readonly before: readonly number[];
  readonly after: readonly number[];
  readonly pooledBefore: readonly number[];
  readonly pooledAfter: readonly number[];
}

/** Return maxima with stride 1; windows are cut at both ends. */
export function poolRow(row: readonly number[], size: number): readonly number[] {
  const half = Math.floor(size / 2);
  return row.map((_, i) => Math.max(...row.slice(Math.max(0, i - half), i + half + 1)));
}

/** Return the row before and after a shift to the right, and the pooled values. */
export function shiftedRows(shift: number, size: number): Rows {
  const before = ROW.slice(FIRST, FIRST + COUNT);
  const after = ROW.slice(FIRST - shift, FIRST - shift + COUNT);
  return {
    before,
    after,
    pooledBefore: poolRow(before, size),
    pooledAfter: poolRow(after, size),
  };
}

/** Return whether each value differs. */
export const changes = (before: readonly number[], after: readonly number[]): readonly boolean[] =>
  before.map((value, n) => Math.abs(value - (after[n] ?? 0)) > SAME);

export const shareOf = (flags: readonly boolean[]): number =>
  flags.filter(Boolean).length / flags.length;

/** Return the sum of the differences, in size. */
export const difference = (before: readonly number[], after: readonly number[]): number =>
  before.reduce((sum, value, n) => sum + Math.abs((after[n] ?? 0) - value), 0);

/**
 * The Laplacian from second differences, as `convscope.labs.laplacian`.
 *
 *     f''(x)  ~  f(x + 1) - 2 f(x) + f(x - 1)
 */

export const ROW: readonly number[] = [1, 1, 1, 2, 3, 4, 4, 4, 0, 0];
export const MOST = 64;

export interface Difference {
  readonly place: number;
  readonly value: number;
  /** f(x + 1) - f(x) */
  readonly first: number;
  /** f(x + 1) - 2 f(x) + f(x - 1) */
  readonly second: number;
}

/** Return the differences of all places that have two neighbours. */
export function differences(row: readonly number[]): readonly Difference[] {
  return row.slice(1, -1).map((value, n) => {
    const [before, after] = [row[n] ?? 0, row[n + 2] ?? 0];
    return { place: n + 1, value, first: after - value, second: after - 2 * value + before };
  });
}

/** Return the places between which the second difference changes its sign: edges. */
export function edges(row: readonly number[]): readonly (readonly [number, number])[] {
  const changes = differences(row).filter(({ second }) => second !== 0);
  return changes.flatMap((one, n) => {
    const next = changes[n + 1];
    return next && one.second * next.second < 0 ? [[one.place, next.place] as const] : [];
  });
}

export const ALONG_X: readonly number[] = [0, 0, 0, 1, -2, 1, 0, 0, 0];
export const ALONG_Y: readonly number[] = [0, 1, 0, 0, -2, 0, 0, 1, 0];
export const DIAGONALS: readonly number[] = [1, 0, 1, 0, -4, 0, 1, 0, 1];

const sum = (a: readonly number[], b: readonly number[]): readonly number[] =>
  a.map((value, n) => value + (b[n] ?? 0));

export const KERNEL_4 = sum(ALONG_X, ALONG_Y);
export const KERNEL_8 = sum(KERNEL_4, DIAGONALS);

/**
 * Gradient descent on a parabola, as `convscope.labs.functions.descent`.
 *
 *     f(x) = x^2 / 2,  f'(x) = x,  x <- x - lr f'(x) = (1 - lr) x
 */

export interface Step {
  readonly x: number;
  readonly value: number;
  readonly gradient: number;
  /** -lr f'(x), which is added to x. */
  readonly update: number;
}

export type Verdict = "slow" | "direct" | "oscillating" | "circling" | "diverging";

const SLOW = 0.9; // factor from which on progress is slow
const TIGHT = 1e-9; // rounding of 1 - lr

export const valueAt = (x: number): number => (x * x) / 2;

/** Return the ratio of an update to the one before. */
export const factorOf = (lr: number): number => 1 - lr;

export function verdictOf(lr: number): Verdict {
  const factor = factorOf(lr);
  const size = Math.abs(factor);
  if (size > 1 + TIGHT) return "diverging";
  if (size > 1 - TIGHT && factor < 0) return "circling";
  if (factor < -TIGHT) return "oscillating";
  return factor > SLOW - TIGHT ? "slow" : "direct";
}

/** Return the start and the place after each update: steps + 1 places. */
export function path(lr: number, steps: number, start: number): readonly Step[] {
  const places: Step[] = [];
  let x = start;
  for (let step = 0; step <= steps; step++) {
    const update = -lr * x;
    places.push({ x, value: valueAt(x), gradient: x, update });
    x += update;
  }
  return places;
}

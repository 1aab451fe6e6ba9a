/** Seeded random numbers of the labs, as `convscope.labs.draws`. */

import { seeded, type Random } from "$/data/random";

export interface Draws {
  /** A number in [0, 1). */
  readonly uniform: Random;
  /** A number of mean 0 and standard deviation 1 (Box and Muller). */
  readonly normal: Random;
}

export function draws(seed: number): Draws {
  const uniform = seeded(seed);
  const normal = (): number => {
    const radius = Math.sqrt(-2 * Math.log1p(-uniform()));
    return radius * Math.cos(2 * Math.PI * uniform());
  };
  return { uniform, normal };
}

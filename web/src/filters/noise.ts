/** Seeded noise, to be removed by filters. */

import { seeded } from "$/data/random";
import type { Image } from "$/filters/image";
import { rint } from "$/filters/image";

export interface Noise {
  /** Share of pixels that become white or black. */
  readonly pepper: number;
  /** Standard deviation of what is added to every value, in levels of 255. */
  readonly sigma: number;
  readonly seed: number;
}

/** Return an image with Gaussian noise, then salt and pepper. */
export function noisy(image: Image, { pepper, sigma, seed }: Noise): Image {
  if (pepper === 0 && sigma === 0) return image;
  const data = Uint8Array.from(image.data);
  const random = seeded(seed);
  if (sigma > 0)
    for (let place = 0; place < data.length; place++) {
      const value = (data[place] ?? 0) + sigma * normal(random);
      data[place] = Math.min(255, Math.max(0, rint(value)));
    }
  if (pepper > 0)
    for (let pixel = 0; pixel < data.length; pixel += image.channels) {
      const chance = random();
      if (chance < pepper) data.fill(chance < pepper / 2 ? 255 : 0, pixel, pixel + image.channels);
    }
  return { ...image, data };
}

/** Return a number of N(0, 1) (Box and Muller). */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Whether an image is already prepared as those of MNIST: `convscope.handwriting.prepared`. */

import { median } from "$/input/digit/numbers";
import type { Picture } from "$/model/types";

const DARK = 40; // of 255: the background of a prepared image
const SMALL = 14; // of 28: ink of a prepared image is larger

/** Whether a grey image has the size, the background and the large digit of MNIST. */
export function isPrepared(picture: Picture, sides: readonly number[]): boolean {
  const { width, height, data } = picture;
  if (width !== height || !sides.includes(height)) return false;
  const at = (y: number, x: number): number => data[y * width + x] ?? 0;
  const side = Array.from({ length: width }, (_, k) => k);
  const border = side.flatMap((k) => [at(0, k), at(height - 1, k), at(k, 0), at(k, width - 1)]);
  if (median(Float32Array.from(border)) > DARK) return false;
  if (median(Float32Array.from(data)) > 2 * DARK) return false;
  const ink = side.flatMap((y) => side.map((x) => [y, x] as const)).filter((p) => at(...p) > DARK);
  if (!ink.length) return true;
  const span = (axis: 0 | 1): number => {
    const places = ink.map((place) => place[axis]);
    return Math.max(...places) - Math.min(...places) + 1;
  };
  return Math.max(span(0), span(1)) >= SMALL;
}

/** Pixels of a canvas to grey or RGB, by the numbers of `convscope.io.conversion`. */

import type { Rgba } from "$/input/decode";
import type { Target } from "$/input/types";
import type { Picture } from "$/model/types";

// ITU-R 601-2 in 16-bit fixed point, as Pillow computes it
const [RED, GREEN, BLUE] = [19595, 38470, 7471];

/** Return the grey level of a colour. */
export const luma = (red: number, green: number, blue: number): number =>
  (RED * red + GREEN * green + BLUE * blue + 0x8000) >>> 16;

/** c a + b (1 - a), rounded once, halves up. */
const composite = (value: number, behind: number, alpha: number): number =>
  alpha === 255 ? value : Math.floor((2 * (value * alpha + behind * (255 - alpha)) + 255) / 510);

type Kind = Pick<Target, "channels" | "background">;

/**
 * Write RGBA pixels into a picture, from a place on, without transparency.
 *
 * Transparent pixels are composited on the background before colour becomes grey.
 */
export function writePixels(
  rgba: Uint8ClampedArray,
  { channels, background }: Kind,
  data: Uint8Array,
  from: number,
): void {
  const [backRed, backGreen, backBlue] = background;
  let at = from;
  for (let k = 0; k < rgba.length; k += 4) {
    const alpha = rgba[k + 3] ?? 255;
    const red = composite(rgba[k] ?? 0, backRed, alpha);
    const green = composite(rgba[k + 1] ?? 0, backGreen, alpha);
    const blue = composite(rgba[k + 2] ?? 0, backBlue, alpha);
    if (channels === 1) {
      data[at] = luma(red, green, blue);
    } else {
      data[at] = red;
      data[at + 1] = green;
      data[at + 2] = blue;
    }
    at += channels;
  }
}

/** (H, W, 4) -> (H, W, C), uint8. */
export function fromRgba(image: Rgba, kind: Kind): Picture {
  const { width, height, data } = image;
  const result = new Uint8Array(width * height * kind.channels);
  writePixels(data, kind, result, 0);
  return { width, height, channels: kind.channels, data: result };
}

/** Return the negative: black on white as white on black. */
export const inverted = (picture: Picture): Picture => ({
  ...picture,
  data: picture.data.map((value) => 255 - value),
});

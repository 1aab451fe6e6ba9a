/** Numbers as colours, the same bytes as `convscope.payload.Scale.paint`. */

import { range } from "$/payload/arrays";
import type { Scale } from "$/payload/types";
import { TABLES } from "$/theme/scales";

const NUM_ENTRIES = 256;
/** Label of the scale of unchanged bytes, which needs no colour bar. */
export const PIXEL = "pixel";

type Table = Uint8Array;
const tables = new Map<keyof typeof TABLES, Table>();

/** Return 256 colours, red, green and blue, from the lowest value to the highest. */
export function table(colours: keyof typeof TABLES): Table {
  let known = tables.get(colours);
  if (!known) {
    known = Uint8Array.from({ length: 3 * NUM_ENTRIES }, (_, i) =>
      parseInt(TABLES[colours].slice(2 * i, 2 * i + 2), 16),
    );
    tables.set(colours, known);
  }
  return known;
}

/**
 * Return RGBA bytes for numbers: (H, W), or (H, W, 3) on an `rgb` scale.
 *
 * `unit`: the numbers are divided by it first. Values beyond the ends get the colours of the ends.
 */
export function paint(
  values: ArrayLike<number>,
  scale: Scale,
  { unit = 1, into }: { unit?: number; into?: Uint8ClampedArray<ArrayBuffer> } = {},
): Uint8ClampedArray<ArrayBuffer> {
  const { low } = scale;
  const span = scale.high - low;
  const isRgb = scale.colours === "rgb";
  const num = isRgb ? values.length / 3 : values.length;
  const pixels = into ?? new Uint8ClampedArray(4 * num);
  const colours = scale.colours === "rgb" ? null : table(scale.colours);
  const level = (i: number): number => {
    const value = unit === 1 ? (values[i] ?? 0) : Math.fround((values[i] ?? 0) / unit);
    const step = Math.floor(((value - low) / span) * NUM_ENTRIES);
    return step >= NUM_ENTRIES ? NUM_ENTRIES - 1 : step > 0 ? step : 0;
  };
  for (let i = 0; i < num; i++) {
    for (let channel = 0; channel < 3; channel++) {
      const at = colours ? 3 * level(i) + channel : 3 * i + channel;
      pixels[4 * i + channel] = colours ? (colours[at] ?? 0) : level(at);
    }
    pixels[4 * i + 3] = 255;
  }
  return pixels;
}

/** Paint numbers of `width` columns onto a canvas, one pixel per number. */
export function paintCanvas(
  canvas: HTMLCanvasElement | OffscreenCanvas,
  values: ArrayLike<number>,
  width: number,
  scale: Scale,
  unit = 1,
): void {
  const height = values.length / (scale.colours === "rgb" ? 3 : 1) / width;
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const context = canvas.getContext("2d") as CanvasRenderingContext2D | null;
  context?.putImageData(new ImageData(paint(values, scale, { unit }), width, height), 0, 0);
}

/** Return a blue-white-red scale, symmetric around 0 up to the largest magnitude. */
export function around(values: ArrayLike<number>, label = ""): Scale {
  const [low, high] = range(values);
  const reach = Math.max(-low, high) || 1;
  return { colours: "blue-white-red", low: -reach, high: reach, label };
}

/** Return a viridis scale from the smallest to the largest number. */
export function spanning(values: ArrayLike<number>, label = ""): Scale {
  const [low, high] = range(values);
  return { colours: "viridis", low, high: low < high ? high : low + 1, label };
}

/** Return the scale of unchanged bytes: grey, or red, green and blue. */
export function pixelScale(channels: 1 | 3): Scale {
  return { colours: channels === 3 ? "rgb" : "grey", low: 0, high: 255, label: PIXEL };
}

/** Return whether colours stand for numbers: not those of photos, or of unlabelled `rgb`. */
export function measures({ colours, label = "" }: Scale): boolean {
  return label !== PIXEL && (colours !== "rgb" || label !== "");
}

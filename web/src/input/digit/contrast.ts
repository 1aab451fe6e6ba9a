/**
 * Ink: the difference of an image from its background, under uneven light.
 *
 * The same numbers as `convscope.handwriting.contrast`.
 */

import type { Rgba } from "$/input/decode";
import { median, plane, rounded, type Plane } from "$/input/digit/numbers";
import { FILTERS, resize } from "$/input/digit/resize";

/** Longer side of the reduced image: enough for a digit of a tenth of a photo. */
const [SMALL, LARGE] = [256, 512];
const GRID = 96; // longer side of the grid on which the background is estimated
const WINDOW = 0.34; // of GRID: strokes are narrower, shadows and edges of a table are wider
export const LEAST = 0.08; // contrast of ink; the grain of paper has less
const NOISE = 6; // deviations of the noise that contrast exceeds
const COLOURED = 8; // of 255, between channels
const EDGE = 2; // pixels on both sides of an outline
const DARKEST = 24; // of 255, for the ratio to a dark background

/** Contrast of each pixel with its background, of one kind of ink. */
export interface Contrast {
  /** 0 background, 1 black on white. */
  readonly ink: Plane;
  /** Pixels of the image per pixel of `ink`. */
  readonly scale: number;
  readonly kind: "dark" | "light";
  /** Of the strongest ink; 0 if no contrast exceeds the noise. */
  readonly peak: number;
  /** The pixels, 255 minus them for light ink: ink has small values. */
  readonly values: Plane;
}

const { fround } = Math;

/** The contrast of dark ink and that of light ink; of a drawing without background its own. */
export function findContrast(image: Rgba): Contrast[] {
  if (isDrawn(image)) {
    const [alpha, scale] = reduced([channel(image, 3)]);
    const values = alpha.map((each) => mapped(each, (value) => 255 - value));
    return [strongest(values, scale, "dark", false)];
  }
  const [colours, scale] = reduced(opaque(image));
  const planes = withGrey(colours);
  const reverse = planes.map((each) => mapped(each, (value) => 255 - value));
  return [strongest(planes, scale, "dark", true), strongest(reverse, scale, "light", true)];
}

const mapped = ({ width, height, data }: Plane, change: (value: number) => number): Plane => ({
  width,
  height,
  data: data.map(change),
});

function channel({ width, height, data }: Rgba, number: number): Plane {
  const result = plane(width, height);
  for (let k = 0; k < result.data.length; k += 1) result.data[k] = data[4 * k + number] ?? 0;
  return result;
}

/** Whether the alpha channel is the drawing: most of the border is transparent. */
function isDrawn(image: Rgba): boolean {
  const { width, height } = image;
  const alpha = channel(image, 3);
  if (alpha.data.every((value) => value === 255)) return false;
  const at = (y: number, x: number): number => alpha.data[y * width + x] ?? 0;
  const rows = Array.from({ length: width }, (_, x) => [at(0, x), at(height - 1, x)]);
  const columns = Array.from({ length: height }, (_, y) => [at(y, 0), at(y, width - 1)]);
  const border = Float32Array.from([...rows.flat(), ...columns.flat()]);
  const seen = alpha.data.reduce((count, value) => count + (value > 127 ? 1 : 0), 0);
  return median(border) <= 127 && seen / alpha.data.length <= 0.5;
}

/** The colours; below transparent pixels the median colour, which has no contrast. */
function opaque(image: Rgba): Plane[] {
  const alpha = channel(image, 3);
  const planes = [0, 1, 2].map((number) => channel(image, number));
  if (alpha.data.every((value) => value === 255)) return planes;
  const shown = alpha.data.some((value) => value > 0);
  return planes.map((each) => {
    const visible = each.data.filter((_, k) => (alpha.data[k] ?? 0) > 0);
    const behind = shown ? Math.trunc(median(visible)) : 255;
    return {
      ...each,
      data: each.data.map((value, k) => {
        const a = alpha.data[k] ?? 0;
        return Math.floor((2 * (value * a + behind * (255 - a)) + 255) / 510);
      }),
    };
  });
}

/** Resize the longer side into 256 to 512 pixels; the planes and the scale. */
function reduced(planes: readonly Plane[]): [Plane[], number] {
  const { width = 1, height = 1 } = planes[0] ?? {};
  const longer = Math.max(width, height);
  const scale = longer / Math.min(Math.max(longer, SMALL), LARGE);
  const to = [Math.max(1, rounded(width / scale)), Math.max(1, rounded(height / scale))] as const;
  const filter = scale >= 1 ? FILTERS.box : FILTERS.cubic;
  return [planes.map((each) => resize(each, ...to, filter, "byte")), scale];
}

/** Grey, and the channels of an image that has colours. */
function withGrey(planes: readonly Plane[]): Plane[] {
  const [first = plane(1, 1)] = planes;
  const grey = plane(first.width, first.height);
  grey.data.forEach((_, k) => {
    const sum = planes.reduce((total, { data }) => total + (data[k] ?? 0), 0);
    grey.data[k] = sum / planes.length;
  });
  const isColoured = planes.some(({ data }) =>
    data.some((value, k) => Math.abs(fround(value - (grey.data[k] ?? 0))) > COLOURED),
  );
  return isColoured ? [grey, ...planes] : [grey];
}

/** The contrast in the plane in which that of ink is highest. */
function strongest(
  planes: readonly Plane[],
  scale: number,
  kind: Contrast["kind"],
  hasBackground: boolean,
): Contrast {
  const all = planes.map((values): Contrast => {
    const ink = hasBackground
      ? againstBackground(values)
      : mapped(values, (value) => 1 - fround(value / 255));
    return { ink, scale, kind, peak: peakOf(ink), values };
  });
  const [first, ...others] = all;
  if (!first) throw new Error("an image without planes");
  return others.reduce((best, each) => (each.peak > best.peak ? each : best), first);
}

/** 1 - I / B, with the background B: what is left of I without narrow dark shapes. */
function againstBackground(values: Plane): Plane {
  const { width, height } = values;
  const scale = Math.max(width, height) / GRID;
  const columns = Math.max(1, rounded(width / scale));
  const rows = Math.max(1, rounded(height / scale));
  const small = scaled(values, columns, rows);
  const reach = Math.max(1, rounded((WINDOW * GRID) / 2));
  const closed = smallest(largest(small, reach), reach);
  const behind = scaled(closed, width, height);
  const ratio = values.data.map((value, k) =>
    fround(1 - fround(value / Math.max(behind.data[k] ?? 0, DARKEST))),
  );
  const middle = fround(median(ratio));
  const data = ratio.map((value) => Math.min(1, Math.max(0, fround(value - middle))));
  return { width, height, data };
}

/** Resize a plane; towards fewer pixels by means of areas. */
const scaled = (image: Plane, width: number, height: number): Plane =>
  resize(image, width, height, width * height < image.data.length ? FILTERS.box : FILTERS.linear);

type Along = (values: (place: number) => number, length: number, reach: number) => number[];

/** Apply a filter along columns, then along rows; the border repeats. */
function bothWays(image: Plane, reach: number, along: Along): Plane {
  const { width, height } = image;
  const down = plane(width, height);
  for (let x = 0; x < width; x += 1)
    along((y) => image.data[y * width + x] ?? 0, height, reach).forEach(
      (value, y) => (down.data[y * width + x] = value),
    );
  const result = plane(width, height);
  for (let y = 0; y < height; y += 1)
    along((x) => down.data[y * width + x] ?? 0, width, reach).forEach(
      (value, x) => (result.data[y * width + x] = value),
    );
  return result;
}

const maxima: Along = (values, length, reach) =>
  Array.from({ length }, (_, place) => {
    let most = -Infinity;
    const last = Math.min(length - 1, place + reach);
    for (let k = Math.max(0, place - reach); k <= last; k += 1) most = Math.max(most, values(k));
    return most;
  });

const means: Along = (values, length) =>
  Array.from({ length }, (_, place) => {
    const [first, last] = [Math.max(0, place - 1), Math.min(length - 1, place + 1)];
    return fround(fround(fround(values(first) + values(place)) + values(last)) / 3);
  });

const largest = (image: Plane, reach: number): Plane => bothWays(image, reach, maxima);

const smallest = (image: Plane, reach: number): Plane =>
  mapped(
    largest(
      mapped(image, (value) => -value),
      reach,
    ),
    (value) => -value,
  );

/** Where the image has an edge of the contrast of ink. */
export function edgesOf({ values, peak }: Contrast): Uint8Array {
  const smooth = bothWays(values, 1, means);
  const [high, low] = [largest(smooth, EDGE).data, smallest(smooth, EDGE).data];
  const least = fround(Math.max(0.4 * peak, LEAST));
  return Uint8Array.from(high, (top, k) =>
    fround(top - (low[k] ?? 0)) > fround(least * Math.max(top, DARKEST)) ? 1 : 0,
  );
}

/**
 * The part of a mask's outline at which the image has an edge, 0 to 1.
 *
 * The outline of strokes is an edge everywhere; that of paper between strokes only in part.
 */
export function sharpness(edges: Uint8Array, mask: Uint8Array, width: number): number {
  const height = mask.length / width;
  const at = (y: number, x: number): number =>
    y < 0 || x < 0 || y >= height || x >= width ? 0 : (mask[y * width + x] ?? 0);
  let [outline, sharp] = [0, 0];
  for (let k = 0; k < mask.length; k += 1) {
    const [y, x] = [Math.floor(k / width), k % width];
    if (!mask[k] || (at(y - 1, x) && at(y + 1, x) && at(y, x - 1) && at(y, x + 1))) continue;
    outline += 1;
    sharp += edges[k] ?? 0;
  }
  return outline ? sharp / outline : 0;
}

/** The contrast of the strongest 0.1 % of the pixels; 0 if it is that of noise. */
function peakOf({ data }: Plane): number {
  const count = Math.max(16, Math.floor(data.length / 1000));
  const peak = median(data.slice().sort().slice(-count));
  const above = data.filter((value) => value > 0);
  const noise = above.length ? median(above) : 0;
  return peak > Math.max(LEAST, Math.min(NOISE * noise, 2 * LEAST)) ? peak : 0;
}

/**
 * The ink of one digit as an image of MNIST: 20 x 20 in 28 x 28, centred by mass.
 *
 * The same numbers as `convscope.handwriting.digit`.
 */

import { percentile, plane, rounded, type Plane } from "$/input/digit/numbers";
import { FILTERS, resize } from "$/input/digit/resize";
import type { Picture } from "$/model/types";

export const SIDE = 28;
const BOX = 20;
/** Mean widths of the strokes in MNIST, in pixels of BOX; others are thickened or thinned. */
const [THIN, THICK] = [1.6, 3.6];

/** Ink, 0 to 1 -> (28, 28); null without ink. */
export function centredInk(ink: Plane): Picture | null {
  const own = cropped(ink);
  return own && centred(boxed(own));
}

/** The box of what is above a half. */
function cropped(ink: Plane): Plane | null {
  const { width, height, data } = ink;
  let [top, left, bottom, right] = [height, width, -1, -1];
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1)
      if ((data[y * width + x] ?? 0) > 0.5) {
        [top, left] = [Math.min(top, y), Math.min(left, x)];
        [bottom, right] = [y, Math.max(right, x)];
      }
  return bottom < 0 ? null : part(ink, left, top, right + 1, bottom + 1);
}

export function part(ink: Plane, left: number, top: number, right: number, bottom: number): Plane {
  const result = plane(right - left, bottom - top);
  for (let y = top; y < bottom; y += 1)
    result.data.set(
      ink.data.subarray(y * ink.width + left, y * ink.width + right),
      (y - top) * result.width,
    );
  return result;
}

function boxed(ink: Plane): Plane {
  const usual = withUsualStrokes(ink);
  const scale = BOX / Math.max(usual.height, usual.width);
  const width = Math.max(1, rounded(usual.width * scale));
  const height = Math.max(1, rounded(usual.height * scale));
  const small = resize(usual, width, height, FILTERS.box);
  const full = Math.max(
    percentile(
      small.data.filter((value) => value > Math.fround(0.1)),
      90,
    ),
    0.5,
  );
  small.data.forEach((value, k) => {
    small.data[k] = Math.min(1, Math.max(0, value / Math.fround(full)));
  });
  return small;
}

function withUsualStrokes(ink: Plane): Plane {
  const unit = Math.max(ink.width, ink.height) / BOX;
  const width = strokeWidth(ink) / unit;
  if (width < THIN) {
    const steps = rounded(((THIN - width) * unit) / 2);
    let wider = padded(ink, steps);
    for (let k = 0; k < steps; k += 1) wider = neighbours(wider, Math.max);
    return wider;
  }
  if (width <= THICK) return ink;
  let thin = ink;
  for (let k = rounded(((width - THICK) * unit) / 2); k > 0; k -= 1) {
    const thinner = neighbours(thin, Math.min);
    if (!thinner.data.some((value) => value > 0.5)) break; // a blob without strokes
    thin = thinner;
  }
  return cropped(thin) ?? thin;
}

function padded(ink: Plane, steps: number): Plane {
  const result = plane(ink.width + 2 * steps, ink.height + 2 * steps);
  for (let y = 0; y < ink.height; y += 1)
    result.data.set(
      ink.data.subarray(y * ink.width, (y + 1) * ink.width),
      (y + steps) * result.width + steps,
    );
  return result;
}

/** The largest or smallest of each pixel and its 4 neighbours; 0 outside. */
function neighbours({ width, height, data }: Plane, choose: typeof Math.max): Plane {
  const result = plane(width, height);
  const at = (y: number, x: number): number =>
    y < 0 || x < 0 || y >= height || x >= width ? 0 : (data[y * width + x] ?? 0);
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1)
      result.data[y * width + x] = choose(
        at(y, x),
        at(y - 1, x),
        at(y + 1, x),
        at(y, x - 1),
        at(y, x + 1),
      );
  return result;
}

/** Mean width of strokes: twice the area over the length of the outline. */
function strokeWidth({ width, height, data }: Plane): number {
  let [area, outline] = [0, 0];
  const isInk = (y: number, x: number): boolean =>
    // outside counts as ink, as the complement of a padded background
    y < 0 || x < 0 || y >= height || x >= width || (data[y * width + x] ?? 0) > 0.5;
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) {
      if (!isInk(y, x)) continue;
      area += 1;
      let inner = true;
      for (let k = 0; k < 9; k += 1) inner &&= isInk(y + Math.floor(k / 3) - 1, x + (k % 3) - 1);
      if (!inner) outline += 1;
    }
  return (2 * area) / Math.max(outline, 1);
}

/** Put the centre of mass into the middle, as far as the ink stays inside. */
function centred({ width, height, data }: Plane): Picture {
  let [total, row, column] = [0, 0, 0];
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) {
      const value = data[y * width + x] ?? 0;
      total += value;
      row += value * y;
      column += value * x;
    }
  const place = (centre: number, length: number): number =>
    Math.min(Math.max(rounded(SIDE / 2 - centre / total), 0), SIDE - length);
  const [top, left] = [place(row, height), place(column, width)];
  const pixels = new Uint8Array(SIDE * SIDE);
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1)
      pixels[(top + y) * SIDE + left + x] = rounded(Math.fround(255 * (data[y * width + x] ?? 0)));
  return { width: SIDE, height: SIDE, channels: 1, data: pixels };
}

/** Enlarged maps and maps over pictures, with the colours of `render/kinds/heatmap.py`. */

import type { Dense } from "$/payload/arrays";
import { paint } from "$/payload/paint";
import type { Scale } from "$/payload/types";

const OPACITY = 0.66;
/** Of white: black of the picture beneath the map, so that colours stay light. */
const DARKEST = 0.45;
/** Grey levels of the picture on the bar. */
const STRIP_LEVELS = 16;

/** Weights of the source pixels of each place: a triangle, as wide as a pixel of the coarser side. */
function weights(from: number, to: number): { first: number; weights: number[] }[] {
  const scale = from / to;
  const support = Math.max(scale, 1);
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - support + 0.5));
    const end = Math.min(from, Math.trunc(centre + support + 0.5));
    const raw = Array.from({ length: end - first }, (_, k) =>
      Math.max(0, 1 - Math.abs((first + k - centre + 0.5) / support)),
    );
    const sum = raw.reduce((total, weight) => total + weight, 0);
    return { first, weights: raw.map((weight) => weight / sum) };
  });
}

/** Return numbers (H, W) at another size, bilinear, as Pillow does it. */
export function resized({ shape, data }: Dense, height: number, width: number): Float32Array {
  const [h = 1, w = 1] = shape;
  const across = weights(w, width);
  const wide = new Float32Array(h * width);
  for (let row = 0; row < h; row++) {
    across.forEach((each, column) => {
      let sum = 0;
      each.weights.forEach((weight, k) => (sum += weight * (data[row * w + each.first + k] ?? 0)));
      wide[row * width + column] = sum;
    });
  }
  const result = new Float32Array(height * width);
  weights(h, height).forEach((each, row) => {
    for (let column = 0; column < width; column++) {
      let sum = 0;
      each.weights.forEach(
        (weight, k) => (sum += weight * (wide[(each.first + k) * width + column] ?? 0)),
      );
      result[row * width + column] = sum;
    }
  });
  return result;
}

/** Return colours over grey levels from 0 to 1, which are lightened: black becomes grey. */
function blended(
  colours: Uint8ClampedArray<ArrayBuffer>,
  grey: (pixel: number) => number,
): Uint8ClampedArray<ArrayBuffer> {
  for (let i = 0; i < colours.length / 4; i++) {
    const under = 255 * (DARKEST + (1 - DARKEST) * grey(i)) * (1 - OPACITY);
    for (let c = 0; c < 3; c++) colours[4 * i + c] = under + (colours[4 * i + c] ?? 0) * OPACITY;
  }
  return colours;
}

/** Return the map over its picture, made grey, at the picture's resolution: RGBA. */
export function overlaid(
  values: Dense,
  picture: Dense,
  scale: Scale,
): Uint8ClampedArray<ArrayBuffer> {
  const [height = 1, width = 1] = picture.shape;
  const rgb = picture.data;
  return blended(
    paint(resized(values, height, width), scale),
    (i) =>
      (0.299 * (rgb[3 * i] ?? 0) + 0.587 * (rgb[3 * i + 1] ?? 0) + 0.114 * (rgb[3 * i + 2] ?? 0)) /
      255,
  );
}

/** Return the colours of the bar of a map over a picture: light above, dark below; 256 columns. */
export function overlaidStrip(scale: Scale): Uint8ClampedArray<ArrayBuffer> {
  const num = 256;
  const ramp = Float32Array.from({ length: num * STRIP_LEVELS }, (_, i) => {
    return scale.low + ((scale.high - scale.low) * (i % num)) / (num - 1);
  });
  return blended(paint(ramp, scale), (i) => 1 - Math.floor(i / num) / (STRIP_LEVELS - 1));
}

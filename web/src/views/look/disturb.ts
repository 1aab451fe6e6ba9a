/**
 * Disturbances of an image by degrees: shift, rotation, blur, noise, in this order.
 *
 * They act on the pixels before preprocessing and are those of convscope/visuals/perturbation.py,
 * computed in float64; what comes in from outside repeats the edge. Only the noise differs: it is
 * drawn from a generator of its own. Without a disturbance the image stays as it is.
 */

import type { Picture } from "$/model/types";

export interface Disturbance {
  /** To the right, in % of the width. */
  readonly shift: number;
  /** Downwards, in % of the height. */
  readonly drop: number;
  /** In degrees, clockwise. */
  readonly rotation: number;
  /** Standard deviation of a Gaussian, in % of the shorter side. */
  readonly blur: number;
  /** Standard deviation, in grey levels of 255. */
  readonly noise: number;
}

export type Kind = keyof Disturbance;

interface Range {
  readonly low: number;
  readonly high: number;
  readonly step: number;
  /** Distance of the places where the curve is computed. */
  readonly curve: number;
}

export const RANGES: Readonly<Record<Kind, Range>> = {
  shift: { low: -20, high: 20, step: 1, curve: 2 },
  drop: { low: -20, high: 20, step: 1, curve: 2 },
  rotation: { low: -60, high: 60, step: 1, curve: 5 },
  blur: { low: 0, high: 8, step: 0.25, curve: 0.5 },
  noise: { low: 0, high: 120, step: 2, curve: 6 },
};

export const KINDS = Object.keys(RANGES) as readonly Kind[];
export const NONE: Disturbance = { shift: 0, drop: 0, rotation: 0, blur: 0, noise: 0 };

export const isNone = (disturbance: Disturbance): boolean =>
  KINDS.every((kind) => disturbance[kind] === 0);

/** Planes of one channel each, row by row. */
interface Planes {
  readonly width: number;
  readonly height: number;
  readonly channels: readonly Float64Array[];
}

/** Return the disturbed image; more than `most` pixels are first reduced to means of squares. */
export function disturb(picture: Picture, by: Disturbance, most: number, seed = 0): Picture {
  if (isNone(by)) return picture;
  const planes = disturbed(reduced(planesOf(picture), most), by, seed);
  const { width, height, channels } = planes;
  const data = new Uint8Array(width * height * channels.length);
  channels.forEach((plane, channel) => {
    plane.forEach((value, place) => {
      data[place * channels.length + channel] = Math.min(255, Math.max(0, halfEven(value)));
    });
  });
  return { width, height, channels: picture.channels, data };
}

/** Return the disturbed values before they are rounded. */
export function disturbed(planes: Planes, by: Disturbance, seed: number): Planes {
  const { width, height } = planes;
  const right = halfEven((by.shift / 100) * width);
  const down = halfEven((by.drop / 100) * height);
  const sigma = (by.blur / 100) * Math.min(width, height);
  const draw = normal(seed);
  const channels = planes.channels.map((plane) => {
    let values = plane;
    if (right !== 0 || down !== 0) values = shifted(values, width, height, right, down);
    if (by.rotation !== 0) values = rotated(values, width, height, by.rotation);
    if (sigma > 0) values = blurred(values, width, height, sigma);
    if (by.noise > 0)
      values = values.map((value) => Math.min(255, Math.max(0, value + by.noise * draw())));
    return values;
  });
  return { width, height, channels };
}

export function planesOf(picture: Picture): Planes {
  const { width, height, data } = picture;
  const channels = Array.from({ length: picture.channels }, (_, channel) =>
    Float64Array.from(
      { length: width * height },
      (_, place) => data[place * picture.channels + channel] ?? 0,
    ),
  );
  return { width, height, channels };
}

/** Return means of squares, so that about `most` pixels remain; rows beyond the last are left. */
export function reduced(planes: Planes, most: number): Planes {
  const factor = halfEven(Math.sqrt((planes.width * planes.height) / most));
  if (factor < 2) return planes;
  const width = Math.floor(planes.width / factor);
  const height = Math.floor(planes.height / factor);
  const channels = planes.channels.map((plane) => {
    const means = new Float64Array(width * height);
    for (let row = 0; row < height * factor; row++) {
      const target = Math.floor(row / factor) * width;
      for (let col = 0; col < width * factor; col++) {
        const place = target + Math.floor(col / factor);
        means[place] = (means[place] ?? 0) + (plane[row * planes.width + col] ?? 0);
      }
    }
    return means.map((sum) => sum / (factor * factor));
  });
  return { width, height, channels };
}

function shifted(
  plane: Float64Array,
  width: number,
  height: number,
  right: number,
  down: number,
): Float64Array {
  return plane.map((_, place) => {
    const row = clamp(Math.floor(place / width) - down, height - 1);
    const col = clamp((place % width) - right, width - 1);
    return plane[row * width + col] ?? 0;
  });
}

/** Turn about the centre, with bilinear interpolation between the centres of pixels. */
function rotated(
  plane: Float64Array,
  width: number,
  height: number,
  degrees: number,
): Float64Array {
  const angle = (degrees * Math.PI) / 180;
  const cosine = Math.cos(angle);
  const sine = Math.sin(angle);
  return plane.map((_, place) => {
    const y = Math.floor(place / width) - (height - 1) / 2;
    const x = (place % width) - (width - 1) / 2;
    const row = clamp(cosine * y - sine * x + (height - 1) / 2, height - 1);
    const col = clamp(cosine * x + sine * y + (width - 1) / 2, width - 1);
    const top = Math.floor(row);
    const left = Math.floor(col);
    const at = (r: number, c: number): number =>
      plane[Math.min(r, height - 1) * width + Math.min(c, width - 1)] ?? 0;
    const [below, beside] = [row - top, col - left];
    return (
      (1 - below) * ((1 - beside) * at(top, left) + beside * at(top, left + 1)) +
      below * ((1 - beside) * at(top + 1, left) + beside * at(top + 1, left + 1))
    );
  });
}

/** Blur rows, then columns, by a Gaussian that is cut off at 3 standard deviations. */
function blurred(plane: Float64Array, width: number, height: number, sigma: number): Float64Array {
  const radius = Math.ceil(3 * sigma);
  const weights = Float64Array.from({ length: 2 * radius + 1 }, (_, place) =>
    Math.exp(-0.5 * ((place - radius) / sigma) ** 2),
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const mean = (at: (offset: number) => number): number => {
    let sum = 0;
    for (let k = 0; k < weights.length; k++) sum += (weights[k] ?? 0) * at(k - radius);
    return sum / total;
  };
  const rows = plane.map((_, place) => {
    const start = Math.floor(place / width) * width;
    const col = place - start;
    return mean((offset) => plane[start + clamp(col + offset, width - 1)] ?? 0);
  });
  return rows.map((_, place) => {
    const row = Math.floor(place / width);
    const col = place - row * width;
    return mean((offset) => rows[clamp(row + offset, height - 1) * width + col] ?? 0);
  });
}

const clamp = (value: number, last: number): number => Math.min(last, Math.max(0, value));

/** Round to the nearest whole number; halves to the even one, as Python and PyTorch do. */
function halfEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** Normally distributed numbers from a seed: mulberry32, then Box and Muller. */
export function normal(seed: number): () => number {
  let state = seed >>> 0;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  let spare: number | null = null;
  return () => {
    if (spare !== null) {
      const value = spare;
      spare = null;
      return value;
    }
    const length = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = length * Math.sin(angle);
    return length * Math.cos(angle);
  };
}

/** Results of filters as pixels of a canvas. */

import type { Image } from "$/filters/image";
import { rint } from "$/filters/image";
import type { Result } from "$/filters/linear";
import { magnitude } from "$/filters/edges";

const LARGE = 0.995; // of the magnitudes, which is shown as white
const MOST_SAMPLES = 50_000;

/** Return RGBA; what is shown is 8-bit, as `convscope filter` writes it. */
export function rgba(result: Result, original: Image): Uint8ClampedArray<ArrayBuffer> {
  if (result.view === "angle") return hues(result, original);
  const factor = result.view === "scaled" ? 255 / large(result.data) : 1;
  const isMagnitude = result.view !== "same";
  return painted(result, (value) => rint((isMagnitude ? Math.abs(value) : value) * factor));
}

/** Return RGBA of an image as it is. */
export const plain = (image: Image): Uint8ClampedArray<ArrayBuffer> =>
  painted(image, (value) => value);

/** Return RGBA of one channel, in grey. */
export function channel(image: Image, which: number): Uint8ClampedArray<ArrayBuffer> {
  const { width, height, channels, data } = image;
  const one = Float32Array.from({ length: width * height }, (_, pixel) => {
    return data[pixel * channels + Math.min(which, channels - 1)] ?? 0;
  });
  return painted({ width, height, channels: 1, data: one }, (value) => value);
}

function painted(image: Image, level: (value: number) => number): Uint8ClampedArray<ArrayBuffer> {
  const { width, height, channels, data } = image;
  const pixels = new Uint8ClampedArray(4 * width * height);
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let c = 0; c < 3; c++)
      pixels[4 * pixel + c] = level(data[pixel * channels + (channels === 3 ? c : 0)] ?? 0);
    pixels[4 * pixel + 3] = 255;
  }
  return pixels;
}

function large(data: ArrayLike<number>): number {
  const stride = Math.max(1, Math.floor(data.length / MOST_SAMPLES));
  const samples: number[] = [];
  for (let place = 0; place < data.length; place += stride)
    samples.push(Math.abs(data[place] ?? 0));
  samples.sort((a, b) => a - b);
  const place = LARGE * (samples.length - 1);
  const [below, above] = [samples[Math.floor(place)] ?? 0, samples[Math.ceil(place)] ?? 0];
  return below + (place % 1) * (above - below) || samples.at(-1) || 1;
}

/** Hues: red where it is brighter to the right, then green-yellow down, cyan left, violet up. */
function hues(result: Result, original: Image): Uint8ClampedArray<ArrayBuffer> {
  const { width, height } = result;
  const grey = greyOf(original);
  const strength = magnitude(grey, "sobel", "reflect").data;
  const pixels = new Uint8ClampedArray(4 * width * height);
  for (let pixel = 0; pixel < width * height; pixel++) {
    const angle = result.data[pixel * result.channels + (result.channels === 3 ? 1 : 0)] ?? 0;
    const colour = hue(((angle + 2 * Math.PI) % (2 * Math.PI)) / (2 * Math.PI));
    const light = Math.min(255, strength[pixel] ?? 0);
    colour.forEach((part, c) => (pixels[4 * pixel + c] = part * light));
    pixels[4 * pixel + 3] = 255;
  }
  return pixels;
}

/** Return the mean of the channels. */
export function greyOf({ width, height, channels, data }: Image): Image {
  const grey = Float32Array.from({ length: width * height }, (_, pixel) => {
    let total = 0;
    for (let c = 0; c < channels; c++) total += data[pixel * channels + c] ?? 0;
    return total / channels;
  });
  return { width, height, channels: 1, data: grey };
}

function hue(share: number): [number, number, number] {
  const part = (shift: number): number => {
    const place = (share * 6 + shift) % 6;
    return Math.min(1, Math.max(0, Math.min(place, 4 - place)));
  };
  return [part(2), part(0), part(4)];
}

/** A photo as numbers, as `convscope.labs.pixels`. */

import type { Image } from "$/filters/image";

export const MOST_SIDE = 32;
export const CHANNELS = ["red", "green", "blue"] as const;
export type Channel = (typeof CHANNELS)[number];

export interface Region {
  readonly top: number;
  readonly left: number;
  readonly rows: number;
  readonly cols: number;
}

/** Return a region with this first row and column, moved so that it lies inside. */
export function regionAt({ width, height }: Image, size: number, x: number, y: number): Region {
  const [rows, cols] = [Math.min(size, height), Math.min(size, width)];
  const inside = (place: number, last: number): number => Math.min(Math.max(0, place), last);
  return { top: inside(y, height - rows), left: inside(x, width - cols), rows, cols };
}

/** Return one matrix of a region in reading order. */
export function matrix(image: Image, region: Region, channel: number): readonly number[] {
  const { top, left, rows, cols } = region;
  const plane = Math.min(channel, image.channels - 1);
  return Array.from({ length: rows * cols }, (_, n) => {
    const [row, col] = [top + Math.floor(n / cols), left + (n % cols)];
    return image.data[(row * image.width + col) * image.channels + plane] ?? 0;
  });
}

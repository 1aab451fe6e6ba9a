/** Labelled images in the tab: what the readers of this folder return. */

/** Pixels [N, C, H, W], 0 to 255, and the class of each image. */
export interface Split {
  readonly count: number;
  readonly pixels: Uint8Array;
  readonly classes: Uint8Array;
}

export interface ImageSet {
  readonly name: string;
  readonly title: string;
  /** Where the images come from, and their licence. */
  readonly notice: string;
  readonly labels: readonly string[];
  /** [C, H, W] of every image. */
  readonly shape: readonly [number, number, number];
  /** Mean and standard deviation of each channel, in units of the full scale (0 to 1). */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly train: Split;
  readonly heldOut: Split;
}

/** Classes are stored in one byte. */
export const MOST_CLASSES = 256;

/** What is wrong with data: keys of `lang/`, with the values that their sentences name. */
export type Fault =
  | "data.notImages"
  | "data.newerFormat"
  | "data.cutOff"
  | "data.badHeader"
  | "data.noSubfolders"
  | "data.oneClass"
  | "data.tooManyClasses"
  | "data.noneReadable"
  | "data.tooFew"
  | "data.tooLarge"
  | "data.notLoaded"
  | "data.noDecompression";

export class DataError extends Error {
  readonly fault: Fault;
  readonly values: Readonly<Record<string, string | number>>;

  constructor(fault: Fault, values: Readonly<Record<string, string | number>> = {}) {
    super(`${fault} ${JSON.stringify(values)}`);
    this.fault = fault;
    this.values = values;
  }
}

/** Mean and standard deviation of each channel, over all pixels; at least 1/255, so that none is 0. */
export function channelStatistics(
  pixels: Uint8Array,
  [channels, height, width]: readonly [number, number, number],
): { mean: number[]; std: number[] } {
  const plane = height * width;
  const sums = new Float64Array(channels);
  const squares = new Float64Array(channels);
  for (let start = 0, channel = 0; start < pixels.length; start += plane) {
    let sum = 0;
    let square = 0;
    for (let index = start; index < start + plane; index++) {
      const value = pixels[index] ?? 0;
      sum += value;
      square += value * value;
    }
    sums[channel] = (sums[channel] ?? 0) + sum;
    squares[channel] = (squares[channel] ?? 0) + square;
    channel = (channel + 1) % channels;
  }
  const count = Math.max(1, pixels.length / channels);
  const mean = Array.from(sums, (sum) => sum / count / 255);
  const std = Array.from(squares, (square, channel) => {
    const average = mean[channel] ?? 0;
    return Math.max(1 / 255, Math.sqrt(Math.max(0, square / count / 65025 - average * average)));
  });
  return { mean, std };
}

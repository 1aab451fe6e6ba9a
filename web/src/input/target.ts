/** What a network takes, as `convscope predict` decides it. */

import { trainedOn } from "$/input/invert";
import type { Target } from "$/input/types";
import type { Manifest } from "$/model/types";

const DIGITS = [..."0123456789"];
const SIDES: readonly number[] = [28, 32];

/** Return what the pictures for a model have to be; digits as `predict.is_of_digits`. */
export function targetOf({ input, labels, conversion, preprocessing }: Manifest): Target {
  const [channels, height, width] = input;
  const isSmall = channels === 1 && height === width && SIDES.includes(height);
  return {
    channels: channels === 1 ? 1 : 3,
    background: colour(conversion?.background ?? "#ffffff"),
    digits: isSmall && labels.length === 10 && DIGITS.every((digit, k) => labels[k] === digit),
    trained: trainedOn(preprocessing, channels),
    size: [height, width],
  };
}

function colour(text: string): [number, number, number] {
  const value = /^#[0-9a-f]{6}$/i.test(text) ? Number.parseInt(text.slice(1), 16) : 0xffffff;
  return [value >> 16, (value >> 8) & 255, value & 255];
}

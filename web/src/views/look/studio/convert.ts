/** One picture for two networks that may read other channels. */

import { luma } from "$/input/pixels";
import { digit } from "$/input/read";
import type { Input, Target } from "$/input/types";
import type { Picture } from "$/model/types";

/** Return what a picture has to be so that both networks can be given it. */
export function common(one: Target, other: Target): Target {
  // a network for digits needs them prepared; others read those too
  if (one.channels === other.channels) return other.digits ? other : one;
  // colour can be made grey, as Python reads a colour image for a grey network
  return one.channels === 3 ? one : other;
}

/** Return an input with the channels that a network reads; a digit of a photo is prepared. */
export function converted(input: Input, target: Target): Input {
  const { picture } = input;
  if (picture.channels === target.channels) return input;
  if (target.channels === 3) return { ...input, picture: colours(picture) };
  return target.digits ? digitOf(input, target) : { ...input, picture: grey(picture) };
}

function digitOf(input: Input, target: Target): Input {
  const { width, height, data } = input.picture;
  const rgba = new Uint8ClampedArray(4 * width * height).fill(255);
  for (let place = 0; place < width * height; place++)
    for (let channel = 0; channel < 3; channel++)
      rgba[4 * place + channel] = data[3 * place + channel] ?? 0;
  try {
    return digit({ width, height, data: rgba }, target, { name: input.name, notes: input.notes });
  } catch {
    return { ...input, picture: grey(input.picture) }; // no ink: the photo as it is
  }
}

function grey({ width, height, data }: Picture): Picture {
  const pixels = new Uint8Array(width * height);
  for (let place = 0; place < pixels.length; place++)
    pixels[place] = luma(data[3 * place] ?? 0, data[3 * place + 1] ?? 0, data[3 * place + 2] ?? 0);
  return { width, height, channels: 1, data: pixels };
}

function colours({ width, height, data }: Picture): Picture {
  const pixels = Uint8Array.from(
    { length: 3 * data.length },
    (_, k) => data[Math.floor(k / 3)] ?? 0,
  );
  return { width, height, channels: 3, data: pixels };
}

/** One picture for two networks that may read other channels. */

import { luma } from "$/input/pixels";
import type { Input, Target } from "$/input/types";
import type { Picture } from "$/model/types";

/** Return what a picture has to be so that both networks can be given it. */
export function common(one: Target, other: Target): Target {
  if (one.channels === other.channels) return { ...one, digits: one.digits && other.digits };
  // colour can be made grey, as Python reads a colour image for a grey network
  return { ...(one.channels === 3 ? one : other), digits: false };
}

/** Return an input with the channels that a network reads. */
export function converted(input: Input, target: Target): Input {
  const { picture } = input;
  if (picture.channels === target.channels) return input;
  return { ...input, picture: target.channels === 1 ? grey(picture) : colours(picture) };
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

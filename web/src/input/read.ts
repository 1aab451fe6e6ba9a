/** Files and video frames, prepared as `convscope predict` prepares images. */

import { decode, pictureOf, rgbaOf, type Rgba } from "$/input/decode";
import { findDigit } from "$/input/digit/find";
import { isPrepared } from "$/input/digit/prepared";
import { fromRgba } from "$/input/pixels";
import type { Input, Target } from "$/input/types";
import { failure, type Failure } from "$/lang/failure";

const SIDE = 28;

/** Read a file; throws a failure for what cannot be read. */
export async function read(file: Blob, name: string, target: Target): Promise<Input> {
  const { bitmap, notes } = await decode(file);
  try {
    const { width, height } = bitmap;
    return prepare(bitmap, width, height, target, { name, notes });
  } finally {
    bitmap.close();
  }
}

/** Return the picture that the network receives, of a bitmap or a video frame. */
export function prepare(
  source: CanvasImageSource,
  width: number,
  height: number,
  target: Target,
  about: Omit<Input, "picture">,
): Input {
  if (!target.digits) return { ...about, picture: pictureOf(source, width, height, target) };
  return digit(rgbaOf(source, width, height), target, about);
}

/** Return the digit of an image; a prepared one is left as it is. Throws a failure without ink. */
export function digit(image: Rgba, target: Target, about: Omit<Input, "picture">): Input {
  if (isOpaque(image)) {
    const picture = fromRgba(image, target);
    if (isPrepared(picture, [SIDE, target.size[0]])) return { ...about, picture };
  }
  const found = findDigit(image);
  if (!found) throw failure("input.noInk");
  const notes: Failure[] = [...about.notes];
  notes.push({ key: found.ink === "dark" ? "input.darkInk" : "input.lightInk", values: {} });
  if (found.others) notes.push({ key: "input.otherInk", values: { count: found.others + 1 } });
  return { ...about, picture: found.picture, notes };
}

const isOpaque = ({ data }: Rgba): boolean => {
  for (let k = 3; k < data.length; k += 4) if (data[k] !== 255) return false;
  return true;
};

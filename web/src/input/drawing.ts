/** A drawing as the picture that a network takes. */

import { centredInk } from "$/input/digit/centre";
import type { Plane } from "$/input/digit/numbers";
import { FILTERS, resize } from "$/input/digit/resize";
import { inverted } from "$/input/pixels";
import type { Target } from "$/input/types";
import type { Picture } from "$/model/types";

/** Return a drawing, light on black or as in training: a digit of MNIST, or as it is. */
export function drawn(ink: Plane, { digits, size, channels, trained }: Target): Picture | null {
  if (digits) return centredInk(ink);
  if (!ink.data.some((value) => value > 0)) return null;
  const [height, width] = size;
  const grey = resize(ink, width, height, FILTERS.box).data;
  const data = new Uint8Array(width * height * channels);
  data.forEach((_, k) => (data[k] = Math.round(255 * (grey[Math.floor(k / channels)] ?? 0))));
  const picture = { width, height, channels, data };
  return trained === "light" ? inverted(picture) : picture;
}

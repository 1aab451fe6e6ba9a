/** Colours of the scene: those of the page, and activations as the page paints them. */

import { range } from "$/payload/arrays";
import { around, paint, pixelScale } from "$/payload/paint";
import type { Scale } from "$/payload/types";
import type { Role, Tensor } from "$/model/types";

/** Names of the palette's colours for the roles; their outlines end in `-line`. */
const NAMES: Readonly<Record<Role, string>> = {
  convolution: "conv",
  pooling: "pool",
  normalisation: "norm",
  activation: "other",
  linear: "linear",
  shape: "other",
  dropout: "other",
  preprocessing: "input",
  padding: "other",
  shortcut: "join",
  join: "join",
};

export interface Theme {
  readonly paper: string;
  readonly ink: string;
  readonly muted: string;
  readonly plate: string;
  readonly accent: string;
  readonly positive: string;
  readonly negative: string;
  readonly line: (role: Role) => string;
}

/** Return the colours that the page has now. */
export function themeOf(element: Element): Theme {
  const style = getComputedStyle(element);
  const value = (name: string): string => style.getPropertyValue(`--cs-${name}`).trim() || "#888";
  return {
    paper: value("paper"),
    ink: value("ink"),
    muted: value("muted"),
    plate: value("shade"),
    accent: value("series-1"),
    positive: value("wrong"),
    negative: value("series-0"),
    line: (role) => value(`${NAMES[role]}-line`),
  };
}

/** Scale of a layer's activations; of the image: from its darkest to its brightest number. */
export function scaleOf({ data }: Tensor, isImage: boolean): Scale {
  const [low, high] = range(data);
  if (isImage) return { ...pixelScale(1), low, high: high > low ? high : low + 1 };
  if (low < 0) return around(data);
  return { colours: "viridis", low: 0, high: high > 0 ? high : 1 };
}

/** Return RGBA bytes of all units of a layer, in their order. */
export function painted(tensor: Tensor, isImage: boolean): Uint8ClampedArray<ArrayBuffer> {
  return paint(tensor.data, scaleOf(tensor, isImage));
}

/** Return the linear light, from 0 to 1, of each level of sRGB. */
export const LINEAR = Float32Array.from({ length: 256 }, (_, level) => {
  const value = level / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
});

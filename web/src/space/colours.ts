/** Colours of the scene: those of the page, and activations as the page paints them. */

import { range } from "$/payload/arrays";
import { scaleOf } from "$/payload/activations";
import { paint, pixelScale } from "$/payload/paint";
import type { Scale } from "$/payload/types";
import { colourOf } from "$/theme/roles";
import type { Role, Tensor } from "$/model/types";

export interface Theme {
  readonly paper: string;
  readonly ink: string;
  readonly muted: string;
  readonly plate: string;
  readonly accent: string;
  readonly positive: string;
  readonly negative: string;
  /** Outline of a layer; of the image without a role. */
  readonly line: (role: Role | null) => string;
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
    line: (role) => value(`${role ? colourOf(role) : "input"}-line`),
  };
}

/** Scale of a layer, as its maps have it; of the image: from its darkest to its brightest number. */
function scaleIn({ data }: Tensor, isImage: boolean): Scale {
  if (!isImage) return scaleOf(data);
  const [low, high] = range(data);
  return { ...pixelScale(1), low, high: high > low ? high : low + 1 };
}

/** Return RGBA bytes of all units of a layer, in their order. */
export function painted(tensor: Tensor, isImage: boolean): Uint8ClampedArray<ArrayBuffer> {
  return paint(tensor.data, scaleIn(tensor, isImage));
}

/** Return the linear light, from 0 to 1, of each level of sRGB. */
export const LINEAR = Float32Array.from({ length: 256 }, (_, level) => {
  const value = level / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
});

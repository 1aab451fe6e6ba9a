/** Concatenation along channels, as `convscope.labs.shapes.depth_concat`. */

import { failure } from "$/lang/failure";

export interface Size {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** Where an input stands in the output: zeros on each side, and its first channel. */
export interface Placed {
  readonly size: Size;
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
  readonly first: number;
  readonly zeros: number;
}

/** `pad`: zeros up to the largest, as nn.DepthConcat of Torch7; `equal`: sides have to agree. */
export type Mode = "pad" | "equal";
export const MODES = ["pad", "equal"] as const;

export const sizeText = ({ height, width, channels }: Size): string =>
  `${height}×${width}×${channels}`;

export interface Concatenated {
  readonly output: Size;
  readonly placed: readonly Placed[];
}

/** Return where each input stands; throws a failure if sides have to agree and do not. */
export function depthConcat(inputs: readonly Size[], mode: Mode): Concatenated {
  const height = Math.max(...inputs.map((size) => size.height));
  const width = Math.max(...inputs.map((size) => size.width));
  const odd = inputs.find((size) => size.height !== height || size.width !== width);
  if (mode === "equal" && odd) {
    throw failure("basics.concat.differ", { sizes: inputs.map(sizeText).join(", ") });
  }
  let first = 0;
  const placed = inputs.map((size): Placed => {
    const top = Math.floor((height - size.height) / 2);
    const left = Math.floor((width - size.width) / 2);
    const own = {
      size,
      top,
      left,
      bottom: height - size.height - top,
      right: width - size.width - left,
      first,
      zeros: (height * width - size.height * size.width) * size.channels,
    };
    first += size.channels;
    return own;
  });
  return { output: { height, width, channels: first }, placed };
}

/** Networks to begin with: nothing, or sizes for images. */

import type { Architecture } from "$/engine/types";
import { chainOf } from "./edits";

export type Sizes = readonly [channels: number, height: number, width: number];

/** A network of no layers for images of a size and a number of classes. */
export function emptyFor(input: Sizes, classes: number): Architecture {
  return { name: "my_network", input, num_classes: classes, block: chainOf([]) };
}

/** Two convolutions and a classifier: fits images from 4 × 4. */
export function smallFor(input: Sizes, classes: number): Architecture {
  const conv = (channels: number): Readonly<Record<string, unknown>> => ({
    out_channels: channels,
    kernel_size: 3,
    padding: 1,
  });
  return {
    ...emptyFor(input, classes),
    block: chainOf([
      ["conv1", { type: "Conv2d", ...conv(16) }],
      ["relu1", { type: "ReLU" }],
      ["pool1", { type: "MaxPool2d", kernel_size: 2 }],
      ["conv2", { type: "Conv2d", ...conv(32) }],
      ["relu2", { type: "ReLU" }],
      ["pool2", { type: "GlobalAvgPool2d" }],
      ["flatten", { type: "Flatten" }],
      ["fc", { type: "Linear", out_features: classes }],
    ]),
  };
}

export const FIRST: Architecture = smallFor([1, 28, 28], 10);

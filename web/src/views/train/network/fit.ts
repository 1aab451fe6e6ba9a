/** Fits networks to images and images to networks. */

import type { ImageSet } from "$/data/images";
import type { Architecture, Block } from "$/engine/types";
import { rowsOf, withField } from "./tree";

/** Images smaller than the input by at most this share get a border, as in Python. */
const WIDEST_BORDER = 0.2;

type Sizes = readonly [channels: number, height: number, width: number];

function getsBorder(images: Sizes, input: Sizes): boolean {
  return [1, 2].every((axis) => {
    const [own, wide] = [images[axis] ?? 0, input[axis] ?? 0];
    return (1 - WIDEST_BORDER) * wide <= own && own < wide;
  });
}

/** Return the layers from raw pixels to the network's input, as `convscope train` builds them. */
export function preprocessingFor(input: Sizes, images: ImageSet): Block {
  const [, height, width] = input;
  const border = getsBorder(images.shape, input);
  const size = border ? images.shape.slice(1) : [height, width];
  return {
    type: "Chain",
    blocks: {
      resize: { type: "Resize", size },
      ...(border ? { border: { type: "CenterCrop", size: [height, width] } } : {}),
      normalise: { type: "Normalize", mean: images.mean, std: images.std },
    },
  };
}

/** Return the network with the classes and the input of the images; `holds` says if one is valid. */
export function fitted(
  architecture: Architecture,
  images: ImageSet,
  holds: (architecture: Architecture) => boolean,
): Architecture {
  const classes = withClasses(architecture, images.labels.length);
  const [channels, height, width] = images.shape;
  const { input } = classes;
  const sameChannels = input[0] === channels;
  const sameSize = input[1] === height && input[2] === width;
  if (sameChannels && (sameSize || getsBorder(images.shape, input))) return classes;
  const own: Architecture = { ...classes, input: [channels, height, width] };
  if (holds(own)) return own;
  return { ...classes, input: [channels, input[1], input[2]] };
}

/** Return the network with another number of classes: its last layer with that many outputs changes. */
export function withClasses(architecture: Architecture, classes: number): Architecture {
  if (architecture.num_classes === classes) return architecture;
  const outputs = ["out_features", "out_channels"] as const;
  const last = rowsOf(architecture).findLast(({ block }) =>
    outputs.some((field) => block[field] === architecture.num_classes),
  );
  const field = last && outputs.find((name) => name in last.block);
  const changed = last && field ? withField(architecture, last.path, field, classes) : architecture;
  return { ...changed, num_classes: classes };
}

/** Layers that pass numbers on, at the same or another place. */

import { copied } from "$/explain/build";
import { numberOf, pairOf } from "$/explain/settings";
import { indexOf, placeOf, range, type Maps } from "$/explain/shape";
import type { Geometry, Layer, Reads, Rule } from "$/explain/types";
import { own, strideOf } from "$/explain/window";

const NOTHING: Maps = { channels: 0, height: 0, width: 0 };

const inputOf = (layer: Layer): Maps => layer.inputs[0] ?? NOTHING;

/** Rule of a layer whose unit copies one unit, or none, along each axis. */
function shifted(law: string, axes: (layer: Layer) => [Reads, Reads, Reads]): Rule {
  return {
    explain: (unit) => {
      const [channels, rows, cols] = axes(unit);
      const [channel] = channels(unit.channel);
      const [row] = rows(unit.row);
      const [col] = cols(unit.col);
      const outside = channel === undefined || row === undefined || col === undefined;
      const index = outside ? -1 : indexOf(inputOf(unit), channel, row, col);
      return copied(unit, 0, index, law);
    },
    geometry: (layer) => {
      const [channels, rows, cols] = axes(layer);
      return { channels, rows, cols };
    },
  };
}

/** Rule of a layer that moves numbers between channels and positions. */
function rearranged(law: string, source: (layer: Layer) => (index: number) => number): Rule {
  const geometry = (layer: Layer): Geometry => ({ copies: source(layer) });
  return { explain: (unit) => copied(unit, 0, source(unit)(unit.index), law), geometry };
}

function moved(by: number, size: number): Reads {
  return (position) => {
    const source = position + by;
    return source >= 0 && source < size ? [source] : [];
  };
}

export const identity = shifted("y = x", () => [own, own, own]);

export const selectChannels = shifted("y[c] = x[start + c]", (layer) => [
  moved(numberOf(layer.settings, "start", 0), inputOf(layer).channels),
  own,
  own,
]);

export const reverseChannels = shifted("y[c] = x[C − 1 − c]", (layer) => [
  (channel) => [inputOf(layer).channels - 1 - channel],
  own,
  own,
]);

export const channelShuffle = shifted("y[c · g + k] = x[k · C/g + c]", (layer) => {
  const groups = numberOf(layer.settings, "groups", 1);
  const inGroup = inputOf(layer).channels / groups;
  return [(channel) => [(channel % groups) * inGroup + Math.floor(channel / groups)], own, own];
});

export const zeroPad2d = shifted("y[i, j] = x[i − top, j − left]", (layer) => {
  const { height, width } = inputOf(layer);
  const top = numberOf(layer.settings, "top", 0);
  const left = numberOf(layer.settings, "left", 0);
  return [own, moved(-top, height), moved(-left, width)];
});

export const zeroPadShortcut = shifted("y[c, i, j] = x[c, i · s, j · s]", (layer) => {
  const stride = strideOf(layer);
  return [moved(0, inputOf(layer).channels), (row) => [row * stride], (col) => [col * stride]];
});

/** Return where a centre crop begins, half to even; negative if it begins before the image. */
function cropOffset(size: number, crop: number): number {
  if (crop > size) return -Math.floor((crop - size) / 2);
  const half = (size - crop) / 2;
  const down = Math.floor(half);
  return half === down ? half : down + (down % 2);
}

export const centerCrop: Rule = {
  ...shifted("y[i, j] = x[i + top, j + left]", (layer) => {
    const { height, width } = inputOf(layer);
    const output = [layer.output.height, layer.output.width] as const;
    const [rows, cols] = pairOf(layer.settings, "size", output);
    return [own, moved(cropOffset(height, rows), height), moved(cropOffset(width, cols), width)];
  }),
  shapeAfter: (settings, before) => {
    const [height, width] = pairOf(settings, "size", [before.height, before.width]);
    return { ...before, height, width };
  },
};

export const flatten = rearranged("y[(c · H + i) · W + j] = x[c, i, j]", () => (index) => index);

export const pixelShuffle = rearranged(
  "y[c, i · r + u, j · r + v] = x[(c · r + u) · r + v, i, j]",
  (layer) => {
    const factor = numberOf(layer.settings, "upscale_factor", 1);
    return (index) => {
      const { channel, row, col } = placeOf(layer.output, index);
      const from = (channel * factor + (row % factor)) * factor + (col % factor);
      return indexOf(inputOf(layer), from, Math.floor(row / factor), Math.floor(col / factor));
    };
  },
);

export const pixelUnshuffle = rearranged(
  "y[(c · r + u) · r + v, i, j] = x[c, i · r + u, j · r + v]",
  (layer) => {
    const factor = numberOf(layer.settings, "downscale_factor", 1);
    return (index) => {
      const { channel, row, col } = placeOf(layer.output, index);
      const from = Math.floor(channel / factor ** 2);
      const u = Math.floor(channel / factor) % factor;
      return indexOf(inputOf(layer), from, row * factor + u, col * factor + (channel % factor));
    };
  },
);

/** Return which of the inputs of a concatenation a channel comes from, and its channel there. */
export function branchOf(
  inputs: readonly Maps[],
  channel: number,
): [input: number, channel: number] {
  let rest = channel;
  for (const input of range(0, inputs.length)) {
    const count = inputs[input]?.channels ?? 0;
    if (rest < count) return [input, rest];
    rest -= count;
  }
  return [-1, -1];
}

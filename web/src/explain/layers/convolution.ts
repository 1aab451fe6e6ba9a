/** Convolutions: shared weights, a connection table, and unshared weights. */

import { summed, weightAt, windowTerms, type Sources } from "$/explain/build";
import { flagOf, numberOf, rowsOf, wordOf } from "$/explain/settings";
import type { Explanation, Layer, Rule, Unit } from "$/explain/types";
import {
  covered,
  every,
  grouped,
  sourceOf,
  windowReads,
  windowsOf,
  type Window,
} from "$/explain/window";

const LAW = "y = b + Σ w · x";

function padded(window: Window, position: number, mode: string): Sources {
  const places = covered(window, position);
  return { places, from: places.map((place) => sourceOf(place, window.size, mode)) };
}

function bias(unit: Unit, index: number): number | null {
  return flagOf(unit.settings, "bias", true) ? weightAt(unit, "bias", index) : null;
}

/** Explain the unit from a window of some channels, whose kernels follow each other from `first` on. */
function ofWindow(
  unit: Unit,
  channels: readonly number[],
  biasIndex: number,
  first: number,
): Explanation {
  const mode = wordOf(unit.settings, "padding_mode", "zeros");
  const [rows, cols] = windowsOf(unit);
  const weights = unit.parameter("weight").data;
  const { terms, layout } = windowTerms(
    unit,
    channels,
    padded(rows, unit.row, mode),
    padded(cols, unit.col, mode),
    (c, u, v) => weights[((first + c) * rows.kernel + u) * cols.kernel + v] ?? Number.NaN,
  );
  return summed(terms, bias(unit, biasIndex), LAW, { layout });
}

function spatial(layer: Layer): { rows: (i: number) => number[]; cols: (i: number) => number[] } {
  const mode = wordOf(layer.settings, "padding_mode", "zeros");
  const [rows, cols] = windowsOf(layer);
  const along = (window: Window) => {
    const reads = windowReads(window, mode);
    return (position: number) => [...reads(position)];
  };
  return { rows: along(rows), cols: along(cols) };
}

function groupsOf(layer: Layer): (position: number) => readonly number[] {
  const inputs = layer.inputs[0]?.channels ?? 0;
  return grouped(inputs, layer.output.channels, numberOf(layer.settings, "groups", 1));
}

export const conv2d: Rule = {
  explain: (unit) => {
    const channels = groupsOf(unit)(unit.channel);
    return ofWindow(unit, channels, unit.channel, unit.channel * channels.length);
  },
  geometry: (layer) => ({ channels: groupsOf(layer), ...spatial(layer) }),
};

export const partialConv2d: Rule = {
  explain: (unit) => {
    const table = rowsOf(unit.settings, "table");
    const first = table.slice(0, unit.channel).reduce((sum, row) => sum + row.length, 0);
    return ofWindow(unit, table[unit.channel] ?? [], unit.channel, first);
  },
  geometry: (layer) => {
    const table = rowsOf(layer.settings, "table");
    return { channels: (channel) => table[channel] ?? [], ...spatial(layer) };
  },
};

/** Weights (positions, K, C * kh * kw), a bias for each unit. */
export const locallyConnected2d: Rule = {
  explain: (unit) => {
    const channels = groupsOf(unit)(unit.channel);
    const position = unit.row * unit.output.width + unit.col;
    const kernel = position * unit.output.channels + unit.channel;
    return ofWindow(unit, channels, unit.index, kernel * channels.length);
  },
  geometry: (layer) => ({
    channels: every(layer.inputs[0]?.channels ?? 0),
    ...spatial(layer),
  }),
};

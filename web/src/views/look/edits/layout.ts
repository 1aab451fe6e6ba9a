/** Where the numbers of one output channel lie in the parameters of a layer. */

import { numberOf, rowsOf } from "$/explain/settings";
import type { Step, Tensor } from "$/model/types";

/** Numbers that are shown together, row by row. */
export interface Panel {
  /** Input channel, or first input, counted from 0; null where there is only one panel. */
  readonly input: number | null;
  /** Places in the parameter. */
  readonly places: readonly number[];
  readonly columns: number;
}

/** The panels of a channel in one parameter. */
export interface Panels {
  readonly count: number;
  readonly at: (panel: number) => Panel;
  /** A panel holds inputs of a vector, from `input` on. */
  readonly isChunk: boolean;
}

export interface Chosen {
  readonly channel: number;
  /** Row by row in the map. */
  readonly position: number;
  /** Shape of the maps that the layer's input vector was flattened from. */
  readonly flattened: readonly number[] | null;
}

const MOST_CELLS = 100;
const COLUMNS = 10;

const from = (first: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, k) => first + k);

/** One panel for each input channel, of kernels that follow each other from `first` on. */
function kernels(
  first: number,
  channels: readonly number[],
  [rows, cols]: readonly [number, number],
): Panels {
  return {
    count: channels.length,
    isChunk: false,
    at: (panel) => ({
      input: channels.length > 1 ? (channels[panel] ?? 0) : null,
      places: from(first + panel * rows * cols, rows * cols),
      columns: cols,
    }),
  };
}

/** Parts of a long row of numbers. */
function chunks(first: number, count: number): Panels {
  const panels = Math.ceil(count / MOST_CELLS);
  return {
    count: panels,
    isChunk: true,
    at: (panel) => ({
      input: panels > 1 ? panel * MOST_CELLS : null,
      places: from(first + panel * MOST_CELLS, Math.min(MOST_CELLS, count - panel * MOST_CELLS)),
      columns: COLUMNS,
    }),
  };
}

const single = (place: number): Panels => kernels(place, [0], [1, 1]);

type Layout = (step: Step, tensor: Tensor, chosen: Chosen) => Panels | null;

/** The first axis is that of the output channels; a tensor of one number is shared by them. */
const byChannel: Layout = (step, { shape }, { channel, flattened }) => {
  const [count = 0, ...rest] = shape;
  if (shape.length === 1 && count === 1) return single(0);
  if (count !== step.shape[0]) return null;
  const [depth = 1, rows = 1, cols = 1] = rest;
  if (rest.length === 0) return single(channel);
  if (rest.length === 3) {
    return kernels(channel * depth * rows * cols, [...Array(depth).keys()], [rows, cols]);
  }
  if (rest.length !== 1) return null;
  const [maps = 0, high = 0, wide = 0] = flattened ?? [];
  if (maps * high * wide === depth && high * wide > 1) {
    return kernels(channel * depth, [...Array(maps).keys()], [high, wide]);
  }
  return chunks(channel * depth, depth);
};

/** (C, K / groups, kh, kw): the kernels of a channel do not follow each other. */
const transposed: Layout = (step, tensor, chosen) => {
  const [inputs = 0, perGroup = 1, rows = 1, cols = 1] = tensor.shape;
  if (tensor.shape.length !== 4) return byChannel(step, tensor, chosen);
  const count = inputs / numberOf(step.settings, "groups", 1);
  const first = Math.floor(chosen.channel / perGroup) * count;
  return {
    count,
    isChunk: false,
    at: (panel) => ({
      input: count > 1 ? first + panel : null,
      places: from(
        ((first + panel) * perGroup + (chosen.channel % perGroup)) * rows * cols,
        rows * cols,
      ),
      columns: cols,
    }),
  };
};

/** (links, kh, kw), the links of one channel after the other. */
const partial: Layout = (step, tensor, chosen) => {
  const [, rows = 1, cols = 1] = tensor.shape;
  if (tensor.shape.length !== 3) return byChannel(step, tensor, chosen);
  const table = rowsOf(step.settings, "table");
  const first = table.slice(0, chosen.channel).reduce((sum, row) => sum + row.length, 0);
  return kernels(first * rows * cols, table[chosen.channel] ?? [], [rows, cols]);
};

/** Weights (positions, K, C * kh * kw) and biases (K, H, W): others at every position. */
const local: Layout = (step, { shape }, { channel, position }) => {
  const [channels = 1, height = 1, width = 1] = step.shape;
  const [positions = 0, outputs = 0, size = 0] = shape;
  if (outputs === height && size === width) return single(channel * height * width + position);
  if (positions !== height * width || outputs !== channels) return null;
  return chunks((position * channels + channel) * size, size);
};

/** Layers whose parameters are not laid out by the output channel. */
const LAYOUTS: Readonly<Record<string, Layout>> = {
  ConvTranspose2d: transposed,
  PartialConv2d: partial,
  LocallyConnected2d: local,
};

/** Return the panels of a channel in a parameter; null where none belongs to one channel. */
export function panelsOf(step: Step, tensor: Tensor, chosen: Chosen): Panels | null {
  const layout = Object.hasOwn(LAYOUTS, step.type) ? LAYOUTS[step.type] : undefined;
  return (layout ?? byChannel)(step, tensor, chosen);
}

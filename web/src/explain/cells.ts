/** Which units of an input one unit of the output reads, and the other way round. */

import { layerOf, ruleOf } from "$/explain/rules";
import { indexOf, placeOf, range, sizeOf } from "$/explain/shape";
import type { Geometry, Layer, Region } from "$/explain/types";
import type { Step } from "$/model/types";

/** A product of channels, rows and columns. */
export interface Cells {
  readonly channels: readonly number[];
  readonly rows: readonly number[];
  readonly cols: readonly number[];
}

const NONE: Cells = { channels: [], rows: [], cols: [] };

/** Return the units of an input that a unit of the output reads. */
export function cellsOf(geometry: Geometry, layer: Layer, input: number, index: number): Cells {
  if ("copies" in geometry) {
    const maps = layer.inputs[input];
    const source = geometry.copies(index);
    return maps === undefined || source < 0 ? NONE : single(placeOf(maps, source));
  }
  const { channel, row, col } = placeOf(layer.output, index);
  return {
    channels: geometry.channels(channel),
    rows: geometry.rows(row),
    cols: geometry.cols(col),
  };
}

function single(place: { channel: number; row: number; col: number }): Cells {
  return { channels: [place.channel], rows: [place.row], cols: [place.col] };
}

/** Return the units of the output that read a unit of an input. */
export function affected(
  step: Step,
  inputs: readonly (readonly number[])[],
  input: number,
  index: number,
): Cells {
  const layer = layerOf(step, inputs);
  const maps = layer.inputs[input];
  if (maps === undefined) return NONE;
  const geometry = ruleOf(step.type).geometry(layer, input);
  const { output } = layer;
  if ("copies" in geometry) {
    for (let unit = 0; unit < sizeOf(output); unit++) {
      if (geometry.copies(unit) === index) return single(placeOf(output, unit));
    }
    return NONE;
  }
  const { channel, row, col } = placeOf(maps, index);
  const readers = (reads: (at: number) => readonly number[], count: number, place: number) =>
    range(0, count).filter((at) => reads(at).includes(place));
  return {
    channels: readers(geometry.channels, output.channels, channel),
    rows: readers(geometry.rows, output.height, row),
    cols: readers(geometry.cols, output.width, col),
  };
}

/** Return all places of a product of cells in a tensor's data, in rising order of the lists. */
export function indexesOf(
  cells: Cells,
  maps: { channels: number; height: number; width: number },
): number[] {
  return cells.channels.flatMap((channel) =>
    cells.rows.flatMap((row) => cells.cols.map((col) => indexOf(maps, channel, row, col))),
  );
}

/** Return the smallest box around the cells of an input; none if nothing is read. */
export function regionOf(cells: Cells, input: number): Region[] {
  const { channels, rows, cols } = cells;
  if (channels.length === 0 || rows.length === 0 || cols.length === 0) return [];
  return [{ input, channels: spanOf(channels), rows: spanOf(rows), cols: spanOf(cols) }];
}

function spanOf(numbers: readonly number[]): readonly [number, number] {
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const number of numbers) {
    first = Math.min(first, number);
    last = Math.max(last, number);
  }
  return [first, last + 1];
}

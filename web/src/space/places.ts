/** Where the sheets and their units stand: every unit on its own, or boxes with textures. */

import { mapsOf, placeOf, type Maps } from "$/explain/shape";
import type { Sheet } from "$/space/shown";

export type Vector = readonly [x: number, y: number, z: number];

export interface Place {
  readonly sheet: Sheet;
  readonly maps: Maps;
  readonly centre: Vector;
  /** Extent along x, y, z. */
  readonly size: Vector;
  /** Side of one unit. */
  readonly unit: number;
  /** Centre of a unit. */
  readonly at: (index: number) => Vector;
}

export interface Arrangement {
  readonly kind: "units" | "boxes";
  readonly places: readonly Place[];
  /** Corners of everything. */
  readonly low: Vector;
  readonly high: Vector;
}

/** Networks of at most so many units show every one of them. */
export const MOST_UNITS = 24_000;

export function arranged(sheets: readonly Sheet[], units: number): Arrangement {
  const kind = units <= MOST_UNITS ? "units" : "boxes";
  const places = kind === "units" ? inRows(sheets) : inBoxes(sheets);
  const corner = (side: -1 | 1): Vector =>
    [0, 1, 2].map((axis) => {
      const ends = places.map(
        ({ centre, size }) => (centre[axis] ?? 0) + (side * (size[axis] ?? 0)) / 2,
      );
      return side < 0 ? Math.min(...ends) : Math.max(...ends);
    }) as unknown as Vector;
  return { kind, places, low: corner(-1), high: corner(1) };
}

const byLevel = (sheets: readonly Sheet[]): Sheet[][] => {
  const levels: Sheet[][] = [];
  for (const sheet of sheets) (levels[sheet.level] ??= []).push(sheet);
  return levels.filter((level) => level.length > 0);
};

const WIDEST = 196;
const BETWEEN = 30; // levels
const GAP = 3; // maps

/** Sheets that lie flat, one above the other; the maps of a layer side by side. */
function inRows(sheets: readonly Sheet[]): Place[] {
  const places: Place[] = [];
  let y = 0;
  for (const level of byLevel(sheets)) {
    const rows = level.map(rowOf);
    const widths = rows.map((row) => row.width);
    const whole = widths.reduce((sum, width) => sum + width, 0) + 14 * (level.length - 1);
    let left = -whole / 2;
    level.forEach((sheet, place) => {
      const row = rows[place];
      if (!row) return;
      places.push(lying(sheet, row, left + row.width / 2, y));
      left += row.width + 14;
    });
    y += BETWEEN + Math.max(...rows.map((row) => row.depth)) / 6;
  }
  return places;
}

interface Row {
  readonly maps: Maps;
  readonly unit: number;
  readonly gap: number;
  readonly columns: number;
  readonly width: number;
  readonly depth: number;
}

/** Return how the maps of a sheet are laid out: as few rows as fit the width. */
function rowOf(sheet: Sheet): Row {
  const maps = mapsOf(sheet.shape);
  const isVector = maps.height * maps.width === 1;
  const unit = isVector ? (maps.channels <= 20 ? 5 : maps.channels <= 60 ? 2.2 : 1.2) : 1;
  const gap = isVector ? unit * (maps.channels <= 20 ? 1.4 : 0.35) : GAP;
  const step = maps.width * unit + gap;
  const columns = Math.max(1, Math.min(maps.channels, Math.floor((WIDEST + gap) / step)));
  const rows = Math.ceil(maps.channels / columns);
  const even = Math.ceil(maps.channels / rows);
  return {
    maps,
    unit,
    gap,
    columns: even,
    width: even * step - gap,
    depth: rows * (maps.height * unit + gap) - gap,
  };
}

function lying(sheet: Sheet, row: Row, x: number, y: number): Place {
  const { maps, unit, gap, columns, width, depth } = row;
  const at = (index: number): Vector => {
    const { channel, row: down, col } = placeOf(maps, index);
    const across = channel % columns;
    const behind = Math.floor(channel / columns);
    return [
      x - width / 2 + across * (maps.width * unit + gap) + (col + 0.5) * unit,
      y,
      -depth / 2 + behind * (maps.height * unit + gap) + (down + 0.5) * unit,
    ];
  };
  return { sheet, maps, centre: [x, y, 0], size: [width, unit, depth], unit, at };
}

const TALLEST = 64;
const FLAT = 8; // between boxes along the network
const APART = 6; // between boxes of one level
const LINES = 34; // between lines of boxes
const WIDE = 1.7; // width of a picture by its height

interface Column {
  readonly sheets: readonly Sheet[];
  readonly sizes: readonly Vector[];
  readonly length: number;
  readonly height: number;
}

/** Boxes of channels x rows x columns, from left to right; long networks take several lines. */
function inBoxes(sheets: readonly Sheet[]): Place[] {
  const largest = Math.max(...sheets.map(({ shape }) => (shape[1] ?? 1) * (shape[2] ?? 1)));
  const columns = byLevel(sheets).map((level): Column => {
    const sizes = level.map((sheet) => boxOf(mapsOf(sheet.shape), largest));
    const height = sizes.reduce((sum, size) => sum + size[1], 0) + APART * (level.length - 1);
    return { sheets: level, sizes, length: Math.max(...sizes.map((size) => size[0])), height };
  });
  const places: Place[] = [];
  let y = 0;
  for (const line of inLines(columns)) {
    const height = Math.max(...line.map((column) => column.height));
    const length = line.reduce((sum, column) => sum + column.length + FLAT, -FLAT);
    let x = -length / 2;
    for (const column of line) {
      let top = y - height / 2 + column.height / 2;
      column.sheets.forEach((sheet, place) => {
        const size = column.sizes[place];
        if (!size) return;
        places.push(standing(sheet, size, [x + column.length / 2, top - size[1] / 2, 0]));
        top -= size[1] + APART;
      });
      x += column.length + FLAT;
    }
    y -= height + LINES;
  }
  return places;
}

/** Break the columns into lines, so that the whole is about as wide as a screen. */
function inLines(columns: readonly Column[]): Column[][] {
  const whole = columns.reduce((sum, column) => sum + column.length + FLAT, 0);
  const height = columns.reduce((sum, column) => sum + column.height, 0) / columns.length + LINES;
  const widest = Math.max(300, Math.sqrt(whole * height * WIDE));
  const lines: Column[][] = [[]];
  let length = 0;
  for (const column of columns) {
    if (length + column.length > widest) {
      lines.push([]);
      length = 0;
    }
    lines.at(-1)?.push(column);
    length += column.length + FLAT;
  }
  return lines.filter((line) => line.length > 0);
}

/** Return length, height and depth of a box: roots, so that small maps stay visible. */
function boxOf(maps: Maps, largest: number): Vector {
  if (maps.height * maps.width === 1)
    return [2.4, Math.min(TALLEST, 6 + 1.6 * Math.sqrt(maps.channels)), 2.4];
  const scale = Math.max(5, TALLEST * Math.sqrt(Math.sqrt((maps.height * maps.width) / largest)));
  const side = Math.max(maps.height, maps.width);
  const length = 1.5 + 1.3 * Math.log2(1 + maps.channels);
  return [length, (scale * maps.height) / side, (scale * maps.width) / side];
}

function standing(sheet: Sheet, size: Vector, centre: Vector): Place {
  const maps = mapsOf(sheet.shape);
  const isVector = maps.height * maps.width === 1;
  const [length, height, depth] = size;
  const at = (index: number): Vector => {
    const { channel, row, col } = placeOf(maps, index);
    if (isVector)
      return [centre[0], centre[1] + height / 2 - ((channel + 0.5) / maps.channels) * height, 0];
    return [
      centre[0] - length / 2 + ((channel + 0.5) / maps.channels) * length,
      centre[1] + height / 2 - ((row + 0.5) / maps.height) * height,
      centre[2] - depth / 2 + ((col + 0.5) / maps.width) * depth,
    ];
  };
  const unit = isVector ? height / maps.channels : height / maps.height;
  return { sheet, maps, centre, size, unit, at };
}

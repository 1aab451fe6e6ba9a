/** Sizes at which pixels are drawn, as in `render/kinds`. */

import { textWidth } from "$/payload/text";

/** Smaller pictures are enlarged as squares. */
export const SMOOTH_FROM = 64;
export const PAIR_SIDE = 400;
export const PICTURE = 160;
const SIDE = 640;
const TILE = 150;
const ROUNDING = 0.04;
const STRIP = 40;
const LABELLED = 84;
const LARGEST_ZOOM = 24;
const SMALL = 12;

export type Size = readonly [width: number, height: number];

/** Return by which whole number to enlarge, at most 24. */
export function zoomFor(pixels: number, target: number): number {
  return Math.max(1, Math.min(LARGEST_ZOOM, Math.floor(target / pixels)));
}

/** Return the size of pixels: smooth ones have `target` as their longer side. */
export function shownSize(height: number, width: number, target: number, smooth: boolean): Size {
  const longest = Math.max(height, width);
  const zoom = smooth ? target / longest : zoomFor(longest, target);
  const side = (length: number): number => Math.max(1, Math.round(length * zoom));
  return [side(width), side(height)];
}

export interface GridShape {
  readonly num: number;
  readonly rows: number;
  readonly columns: number;
  /** Tiles per row. */
  readonly across: number;
  readonly isRgb: boolean;
  readonly hasLegend: boolean;
  readonly labels: readonly string[];
  /** Height and width of the picture beside the tiles. */
  readonly picture: readonly [number, number] | null;
}

/** Return tiles per row: about as many as rows, so that few places of the last row are empty. */
export function tilesAcross(num: number, columns?: number | null): number {
  if (columns) return Math.min(columns, num);
  const square = Math.ceil(Math.sqrt(num));
  const most = Math.max(square, Math.min(num, Math.floor((square * 3) / 2)));
  let best = square;
  for (let each = square; each <= most; each++) {
    if ((each - (num % each)) % each < (best - (num % best)) % best) best = each;
  }
  return best;
}

/** Return the size of a tile, and whether it is drawn smoothly. */
export function tileSize(grid: GridShape): { size: Size; smooth: boolean } {
  const { num, rows, columns, across } = grid;
  const isLarge = Math.min(rows, columns) >= SMOOTH_FROM;
  const smooth = grid.isRgb && !grid.hasLegend && isLarge;
  if (num === 1) {
    if (rows === 1) return { size: [PAIR_SIDE, STRIP], smooth: false };
    const exact = smooth || (grid.hasLegend && isLarge);
    return { size: inProportion(grid, shownSize(rows, columns, PAIR_SIDE, exact)), smooth };
  }
  const down = Math.ceil(num / across);
  const target = Math.min(SIDE, TILE * Math.max(across, down));
  let zoom = zoomFor(Math.max(columns * across, rows * down), target);
  if (grid.labels.length > 0) {
    const widest = Math.max(...grid.labels.map((label) => textWidth(label, SMALL)));
    const least = Math.min(LABELLED, Math.ceil(widest) + 1);
    zoom = Math.max(zoom, Math.min(LARGEST_ZOOM, Math.ceil(least / columns)));
  }
  return { size: [columns * zoom, rows * zoom], smooth };
}

/** Return the size of a tile in the proportions of its picture, which the network may distort. */
function inProportion({ picture, rows, columns }: GridShape, size: Size): Size {
  if (!picture) return size;
  const [height, width] = picture;
  if (Math.abs((width * rows) / (height * columns) - 1) <= ROUNDING) return size;
  const zoom = Math.max(...size) / Math.max(height, width);
  return [Math.max(1, Math.round(width * zoom)), Math.max(1, Math.round(height * zoom))];
}

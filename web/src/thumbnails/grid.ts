/** Geometry of a grid of equal tiles that scrolls: which tiles are in view, and where. */

export interface Grid {
  /** Number of tiles. */
  readonly num: number;
  readonly columns: number;
  /** Distance between the left edges of two tiles, and between their upper edges, in CSS pixels. */
  readonly across: number;
  readonly down: number;
  /** Side of a picture, in CSS pixels. */
  readonly side: number;
}

const GAP = 4;
export const CAPTION = 16;

/** Return the grid for a width; tiles grow by less than one column's share to fill it. */
export function gridFor(num: number, width: number, side: number, hasCaptions: boolean): Grid {
  const columns = Math.max(1, Math.floor((width + GAP) / (side + GAP)));
  // a few tiles keep their size: they would grow to the width of the page
  const across = num < columns ? side + GAP : (width + GAP) / columns;
  const own = Math.max(1, Math.floor(Math.min(across - GAP, width)));
  return { num, columns, across, down: own + GAP + (hasCaptions ? CAPTION : 0), side: own };
}

/** Height of all rows. */
export function heightOf(grid: Grid): number {
  return Math.ceil(grid.num / grid.columns) * grid.down;
}

/** First tile and the one behind the last of the rows between two heights. */
export function rangeIn(grid: Grid, top: number, bottom: number): readonly [number, number] {
  const first = Math.max(0, Math.floor(top / grid.down)) * grid.columns;
  const end = Math.ceil(bottom / grid.down) * grid.columns;
  return [Math.min(first, grid.num), Math.max(0, Math.min(end, grid.num))];
}

/** Left and upper edge of a tile. */
export function placeOf(grid: Grid, tile: number): readonly [number, number] {
  return [(tile % grid.columns) * grid.across, Math.floor(tile / grid.columns) * grid.down];
}

/** Return the tile under a point; null between tiles and behind the last one. */
export function tileAt(grid: Grid, x: number, y: number): number | null {
  const column = Math.floor(x / grid.across);
  const row = Math.floor(y / grid.down);
  if (column < 0 || column >= grid.columns || row < 0) return null;
  if (x - column * grid.across > grid.side) return null;
  const tile = row * grid.columns + column;
  return tile < grid.num ? tile : null;
}

/** Return the tile that a key moves to, or null for other keys; `page` is the height in view. */
export function moved(grid: Grid, tile: number, key: string, page: number): number | null {
  const rows = Math.max(1, Math.floor(page / grid.down) - 1) * grid.columns;
  const targets: Readonly<Record<string, number>> = {
    ArrowLeft: tile - 1,
    ArrowRight: tile + 1,
    ArrowUp: tile - grid.columns < 0 ? tile : tile - grid.columns,
    ArrowDown: tile + grid.columns >= grid.num ? tile : tile + grid.columns,
    PageUp: tile - rows,
    PageDown: tile + rows,
    Home: 0,
    End: grid.num - 1,
  };
  const target = targets[key];
  return target === undefined ? null : Math.max(0, Math.min(grid.num - 1, target));
}

/** Return the scroll position that brings a tile into view, as near as possible to the present one. */
export function scrollTo(grid: Grid, tile: number, top: number, page: number): number {
  const [, y] = placeOf(grid, tile);
  if (y < top) return y;
  return y + grid.down > top + page ? y + grid.down - page : top;
}

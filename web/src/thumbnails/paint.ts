/** Drawing of the tiles in view on a canvas. */

import { placeOf, rangeIn, type Grid } from "$/thumbnails/grid";
import type { Sheets } from "$/thumbnails/sheets";

/** How an image is marked: a bar under it in a colour of the page. */
export type Mark = "" | "right" | "wrong" | "changed";

export interface Colours {
  readonly ground: string;
  readonly ink: string;
  readonly accent: string;
  readonly right: string;
  readonly wrong: string;
  readonly changed: string;
  readonly font: string;
}

export interface Shown {
  readonly grid: Grid;
  /** Image of each tile. */
  readonly images: readonly number[];
  readonly sheets: Sheets;
  readonly selected: ReadonlySet<number>;
  readonly highlighted: number | null;
  readonly mark: ((image: number) => Mark) | undefined;
  readonly caption: ((image: number) => string) | undefined;
}

export interface Window {
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** Pixels of the screen for a CSS pixel. */
  readonly scale: number;
}

const SMOOTH_FROM = 64; // smaller pictures show their pixels

/** Return the colours of the page, as they are at an element. */
export function coloursAt(element: Element): Colours {
  const style = getComputedStyle(element);
  const of = (name: string): string => style.getPropertyValue(name).trim();
  return {
    ground: of("--cs-shade"),
    ink: of("--cs-muted"),
    accent: of("--accent"),
    right: of("--cs-correct"),
    wrong: of("--cs-wrong"),
    changed: of("--accent"),
    font: `11px ${style.fontFamily}`,
  };
}

/** Draw the tiles in view, and return their images, those in the middle first. */
export function paint(
  context: CanvasRenderingContext2D,
  shown: Shown,
  view: Window,
  colours: Colours,
): number[] {
  const { grid, images } = shown;
  context.setTransform(view.scale, 0, 0, view.scale, 0, 0);
  context.clearRect(0, 0, view.width, view.height);
  context.font = colours.font;
  context.textBaseline = "top";
  context.imageSmoothingEnabled = shown.sheets.side >= SMOOTH_FROM || shown.sheets.side > grid.side;
  const [first, end] = rangeIn(grid, view.top, view.top + view.height);
  const inView: number[] = [];
  for (let tile = first; tile < end; tile += 1) {
    const image = images[tile];
    if (image === undefined) continue;
    inView.push(image);
    const [x, y] = placeOf(grid, tile);
    drawTile(context, shown, image, [Math.round(x), Math.round(y - view.top)], colours);
  }
  return inView;
}

function drawTile(
  context: CanvasRenderingContext2D,
  { grid, sheets, selected, highlighted, mark, caption }: Shown,
  image: number,
  [x, y]: readonly [number, number],
  colours: Colours,
): void {
  const { side } = grid;
  const tile = sheets.tile(image);
  if (tile) {
    context.drawImage(tile.bitmap, tile.x, tile.y, tile.side, tile.side, x, y, side, side);
  } else {
    context.fillStyle = colours.ground;
    context.fillRect(x, y, side, side);
    if (sheets.isLost(image)) cross(context, x, y, side, colours.ink);
  }
  const state = mark?.(image) ?? "";
  if (state) {
    context.fillStyle = colours[state];
    context.fillRect(x, y + side - 3, side, 3);
  }
  if (selected.has(image) || image === highlighted) {
    const width = image === highlighted ? 3 : 2;
    context.lineWidth = width;
    context.strokeStyle = colours.accent;
    context.strokeRect(x + width / 2, y + width / 2, side - width, side - width);
  }
  if (caption) {
    context.fillStyle = colours.ink;
    context.fillText(fitting(context, caption(image), side), x, y + side + 3);
  }
}

function cross(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  side: number,
  colour: string,
): void {
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(x + side / 3, y + side / 3);
  context.lineTo(x + (2 * side) / 3, y + (2 * side) / 3);
  context.moveTo(x + (2 * side) / 3, y + side / 3);
  context.lineTo(x + side / 3, y + (2 * side) / 3);
  context.stroke();
}

const widths = new Map<string, string>();

/** Return a text cut to a width; results are kept, since measuring is slow. */
function fitting(context: CanvasRenderingContext2D, text: string, width: number): string {
  const key = `${width} ${text}`;
  const known = widths.get(key);
  if (known !== undefined) return known;
  let cut = text;
  while (cut.length > 1 && context.measureText(cut).width > width) {
    cut = `${cut.slice(0, cut.endsWith("…") ? -2 : -1)}…`;
  }
  if (widths.size > 20_000) widths.clear();
  widths.set(key, cut);
  return cut;
}

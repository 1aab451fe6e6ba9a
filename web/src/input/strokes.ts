/** Strokes of a drawing: lines of points in a square, 0 to 1. */

import { plane, type Plane } from "$/input/digit/numbers";

export interface Point {
  readonly x: number;
  readonly y: number;
}

export type Stroke = readonly Point[];

/** Width of the pen, of the side of the square: that of MNIST's strokes. */
export const PEN = 0.08;

/**
 * Path of a stroke in a square of `side`, in SVG's notation: curves through the middles of
 * neighbouring points, without corners. A stroke of one point is a dot.
 */
export function pathOf(stroke: Stroke, side: number): string {
  const at = ({ x, y }: Point): string => `${(x * side).toFixed(2)} ${(y * side).toFixed(2)}`;
  const [first, ...others] = stroke;
  if (!first) return "";
  let path = `M${at(first)}`;
  let before = first;
  for (const point of others) {
    const middle = { x: (before.x + point.x) / 2, y: (before.y + point.y) / 2 };
    path += `Q${at(before)} ${at(middle)}`;
    before = point;
  }
  return `${path}L${at(before)}`;
}

/** Pixels of the drawing from which the digit is prepared. */
const SIDE = 168;

/** Return the ink of strokes, 0 to 1. */
export function inkOf(canvas: HTMLCanvasElement, strokes: readonly Stroke[]): Plane {
  canvas.width = SIDE;
  canvas.height = SIDE;
  const ink = plane(SIDE, SIDE);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) return ink;
  context.lineCap = "round";
  context.lineJoin = "round";
  context.lineWidth = PEN * SIDE;
  for (const stroke of strokes) context.stroke(new Path2D(pathOf(stroke, SIDE)));
  const { data } = context.getImageData(0, 0, SIDE, SIDE);
  ink.data.forEach((_, k) => (ink.data[k] = (data[4 * k + 3] ?? 0) / 255));
  return ink;
}

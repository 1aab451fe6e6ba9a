/** Places of points and of their names on the chart of errors by year. */

import type { Point } from "$/figures/history/records";

export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly years: readonly [number, number];
  /** The largest error of the axis, per cent. */
  readonly most: number;
}

export const MARGIN = { left: 44, right: 16, top: 14, bottom: 28 } as const;

export const xOf = ({ width, years: [first, last] }: Frame, year: number): number =>
  MARGIN.left + ((year - first + 0.5) / (last - first + 1)) * (width - MARGIN.left - MARGIN.right);

export const yOf = ({ height, most }: Frame, error: number): number =>
  height - MARGIN.bottom - (error / most) * (height - MARGIN.top - MARGIN.bottom);

export interface Label {
  readonly point: Point;
  readonly x: number;
  readonly y: number;
  readonly anchor: "start" | "end";
}

const LINE = 13;
const LETTER = 6.6;

/**
 * Names beside their points, those without room left out; the smallest errors come first. `taken`
 * is where other texts stand.
 */
export function labelsOf(
  points: readonly Point[],
  frame: Frame,
  taken: readonly Box[] = [],
): Label[] {
  const boxes: Box[] = [
    ...taken,
    ...points.map((point) => box(xOf(frame, point.year) - 5, yOf(frame, point.top5) - 5, 10, 10)),
  ];
  const labels: Label[] = [];
  for (const point of [...points].sort((one, two) => one.top5 - two.top5)) {
    const [x, y] = [xOf(frame, point.year), yOf(frame, point.top5)];
    const wide = LETTER * point.name.length;
    for (const anchor of ["start", "end"] as const) {
      const left = anchor === "start" ? x + 7 : x - 7 - wide;
      const own = box(left, y - LINE / 2, wide, LINE);
      const inside = left >= MARGIN.left && left + wide <= frame.width;
      if (!inside || boxes.some((other) => overlap(own, other))) continue;
      boxes.push(own);
      labels.push({ point, x: anchor === "start" ? x + 7 : x - 7, y: y + 4, anchor });
      break;
    }
  }
  return labels;
}

export const box = (left: number, top: number, width: number, height: number) => ({
  left,
  top,
  right: left + width,
  bottom: top + height,
});

export type Box = ReturnType<typeof box>;

const overlap = (one: Box, two: Box): boolean =>
  one.left < two.right && two.left < one.right && one.top < two.bottom && two.top < one.bottom;

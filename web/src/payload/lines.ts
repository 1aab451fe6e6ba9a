/** Lines of curves: stretches between gaps, thinned to what a screen can show, as SVG paths. */

import type { Series } from "$/payload/types";

export type Point = readonly [x: number, y: number];
/** Of a line: twice as many as there are pixels across. */
export const MOST_POINTS = 1000;

/** Return the points between gaps. */
export function stretches(series: Series): Point[][] {
  const all: Point[][] = [[]];
  for (let i = 0; i < series.x.length; i++) {
    const y = series.y[i] ?? null;
    if (y === null) all.push([]);
    else all.at(-1)?.push([series.x[i] ?? 0, y]);
  }
  return all.filter((stretch) => stretch.length > 0);
}

/** Return the first, least, largest and last of every run of points, in order. */
export function thinned(stretch: readonly Point[], most = MOST_POINTS): readonly Point[] {
  if (stretch.length <= most) return stretch;
  const size = Math.ceil((4 * stretch.length) / most);
  const kept: Point[] = [];
  for (let start = 0; start < stretch.length; start += size) {
    const end = Math.min(start + size, stretch.length);
    let [least, largest] = [start, start];
    for (let i = start; i < end; i++) {
      const y = stretch[i]?.[1] ?? 0;
      if (y < (stretch[least]?.[1] ?? 0)) least = i;
      if (y > (stretch[largest]?.[1] ?? 0)) largest = i;
    }
    const places = [...new Set([start, least, largest, end - 1])].sort((a, b) => a - b);
    for (const i of places) {
      const point = stretch[i];
      if (point) kept.push(point);
    }
  }
  return kept;
}

/** Return the path of points that are connected. */
export function path(points: readonly Point[], style: NonNullable<Series["style"]>): string {
  if (style === "points") return points.map(([x, y]) => `M${short(x)},${short(y)}h0`).join("");
  let text = "";
  let last = 0;
  points.forEach(([x, y], i) => {
    if (!i) text = `M${short(x)},${short(y)}`;
    else if (style === "steps") text += `H${short(x)}V${short(y)}`;
    else text += `L${short(x)},${short(y)}`;
    last = i;
  });
  return last || !text ? text : `${text}h0`;
}

/** Return a coordinate with at most two decimals. */
export function short(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** Plot: a rectangle between two axes, with the labels that have room. The rules of `render/plot.py`. */

import { share, tickLabels, type Axis } from "$/payload/axes";
import { ASCENT, DESCENT, textWidth } from "$/payload/text";

/** Size of the tick labels. */
export const TICK = 12;
const APART = 10;

export interface Plot {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly x: Axis;
  readonly y: Axis;
}

export interface Tick {
  readonly at: number;
  readonly text: string;
}

export function placeX(plot: Plot, value: number): number {
  return plot.left + share(plot.x, value) * (plot.right - plot.left);
}

export function placeY(plot: Plot, value: number): number {
  return plot.bottom - share(plot.y, value) * (plot.bottom - plot.top);
}

/** Return the labels of the y axis that do not touch each other, from the lowest up. */
export function ticksY(plot: Plot, percent = false): Tick[] {
  const labels = tickLabels(plot.y, percent);
  let taken = Infinity;
  return plot.y.ticks.flatMap((tick, i): Tick[] => {
    const at = placeY(plot, tick);
    if (at > taken) return [];
    taken = at - (ASCENT + DESCENT) * TICK;
    return [{ at, text: labels[i] ?? "" }];
  });
}

/** Return the labels of the x axis that do not touch each other. */
export function ticksX(plot: Plot, percent = false): Tick[] {
  const labels = tickLabels(plot.x, percent);
  let taken = -Infinity;
  return plot.x.ticks.flatMap((tick, i): Tick[] => {
    const at = placeX(plot, tick);
    const text = labels[i] ?? "";
    const half = textWidth(text, TICK) / 2;
    if (at - half < taken) return [];
    taken = at + half + APART;
    return [{ at, text }];
  });
}

/**
 * Return heights near `heights`, at least `step` apart, between `highest` and `lowest`.
 *
 * The sum of squared moves is the least (pool adjacent violators), unless an end is reached.
 */
export function apart(
  heights: readonly number[],
  step: number,
  lowest: number,
  highest = -Infinity,
): number[] {
  const order = heights.map((_, i) => i).sort((a, b) => (heights[a] ?? 0) - (heights[b] ?? 0));
  const mean = (block: readonly number[]): number =>
    block.reduce((sum, each) => sum + each, 0) / block.length;
  const blocks: number[][] = [];
  order.forEach((i, rank) => {
    blocks.push([(heights[i] ?? 0) - rank * step]);
    for (;;) {
      const [before, last] = [blocks.at(-2), blocks.at(-1)];
      if (!before || !last || mean(before) <= mean(last)) break;
      blocks.splice(-2, 2, [...before, ...last]);
    }
  });
  const levels = blocks.flatMap((block) => block.map(() => mean(block)));
  const shifted = heights.map(() => 0);
  order.forEach((i, rank) => (shifted[i] = Math.max(levels[rank] ?? 0, highest) + rank * step));
  let end = lowest;
  for (const i of order.toReversed()) {
    shifted[i] = Math.min(shifted[i] ?? 0, end);
    end = shifted[i] - step;
  }
  return shifted;
}

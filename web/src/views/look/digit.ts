/** A drawn 3: the image of a digit network before the user draws. */

import type { Point, Stroke } from "$/input/strokes";

/** Points on an ellipse around a centre, in degrees from the right, clockwise. */
function arc(centre: Point, radius: Point, first: number, last: number): readonly Point[] {
  const NUM = 24;
  return Array.from({ length: NUM + 1 }, (_, place) => {
    const angle = ((first + (place / NUM) * (last - first)) * Math.PI) / 180;
    return { x: centre.x + radius.x * Math.cos(angle), y: centre.y + radius.y * Math.sin(angle) };
  });
}

export const DIGIT: readonly Stroke[] = [
  [
    ...arc({ x: 0.48, y: 0.34 }, { x: 0.17, y: 0.15 }, -155, 75),
    ...arc({ x: 0.48, y: 0.65 }, { x: 0.21, y: 0.17 }, -80, 155),
  ],
];

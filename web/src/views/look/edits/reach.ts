/** Scale of the colours of edited numbers. */

import { range } from "$/payload/arrays";
import type { Panels } from "$/views/look/edits/layout";

/** Return the largest magnitude of a parameter, of one channel only where its panels are named. */
export function reachOf(data: Float32Array, panels?: Panels): number {
  if (!panels) return magnitude(range(data));
  const ends = Array.from({ length: panels.count }, (_, k) => {
    const { places } = panels.at(k);
    return magnitude(range(places.map((place) => data[place] ?? 0)));
  });
  return Math.max(...ends) || 1;
}

function magnitude([low, high]: readonly [number, number]): number {
  return Math.max(-low, high) || 1;
}

/** Camera positions: of the whole network, and in front of one layer. */

import { Vector3 } from "three";
import type { Arrangement, Place } from "$/space/places";

export type ViewName = "whole" | "side" | "above" | "input" | "output";

/** Where the camera stands, and what it looks at. */
export interface Stand {
  readonly eye: Vector3;
  readonly target: Vector3;
}

type Direction = readonly [number, number, number];

const DIRECTIONS: Readonly<
  Record<Arrangement["kind"], Record<"whole" | "side" | "above", Direction>>
> = {
  units: { whole: [0.18, 0.42, 1], side: [1, 0.3, 0.25], above: [0, 1, 0.02] },
  boxes: { whole: [-0.8, 0.42, 1], side: [0, 0.12, 1], above: [-0.2, 1, 0.35] },
};

/** Return where to stand for a view. `aspect`: width by height; `field`: vertical angle in degrees. */
export function standOf(
  name: ViewName,
  arrangement: Arrangement,
  aspect: number,
  field: number,
): Stand {
  const { places, kind } = arrangement;
  const [first, last] = [places[0], places.at(-1)];
  if (name === "input" && first) return standAt(first, kind, aspect, field);
  if (name === "output" && last) return standAt(last, kind, aspect, field);
  const direction = DIRECTIONS[kind][name === "side" || name === "above" ? name : "whole"];
  const target = new Vector3(...arrangement.low).add(new Vector3(...arrangement.high));
  const corners = places.flatMap(({ centre, size }) => cornersOf(centre, size, margin(kind)));
  return fitted(target.multiplyScalar(0.5), new Vector3(...direction), corners, aspect, field);
}

/** Room for the names: at the left of sheets, below boxes. */
const margin = (kind: Arrangement["kind"]): Vector3 =>
  kind === "units" ? new Vector3(62, 6, 4) : new Vector3(6, 8, 6);

function cornersOf(
  centre: readonly number[],
  size: readonly number[],
  more: Vector3,
): readonly Vector3[] {
  return [0, 1, 2, 3, 4, 5, 6, 7].map((corner) => {
    const side = (axis: 0 | 1 | 2): number =>
      (centre[axis] ?? 0) +
      (corner & (1 << axis) ? 1 : -1) * ((size[axis] ?? 0) / 2 + more.getComponent(axis));
    return new Vector3(side(0), side(1), side(2));
  });
}

/** Return the nearest stand in a direction from which all points are in view. */
function fitted(
  middle: Vector3,
  direction: Vector3,
  points: readonly Vector3[],
  aspect: number,
  field: number,
): Stand {
  const back = direction.clone().normalize();
  const right = new Vector3(0, 1, 0).cross(back).normalize();
  const up = back.clone().cross(right);
  const vertical = Math.tan((field * Math.PI) / 360);
  const target = middle.clone();
  let distance = 0;
  // the middle of what is seen is not that of the corners: nearer ones take more room
  for (let turn = 0; turn < 4; turn++) {
    distance = 0;
    for (const point of points) {
      const from = point.clone().sub(target);
      const across = Math.abs(from.dot(right)) / (vertical * aspect);
      const along = Math.abs(from.dot(up)) / vertical;
      distance = Math.max(distance, from.dot(back) + Math.max(across, along));
    }
    const ends = [0, 0, 0, 0];
    for (const point of points) {
      const from = point.clone().sub(target);
      const depth = distance - from.dot(back);
      const [x, y] = [from.dot(right) / depth, from.dot(up) / depth];
      ends[0] = Math.max(ends[0] ?? 0, x);
      ends[1] = Math.max(ends[1] ?? 0, y);
      ends[2] = Math.min(ends[2] ?? 0, x);
      ends[3] = Math.min(ends[3] ?? 0, y);
    }
    target.addScaledVector(right, (((ends[0] ?? 0) + (ends[2] ?? 0)) / 2) * distance);
    target.addScaledVector(up, (((ends[1] ?? 0) + (ends[3] ?? 0)) / 2) * distance);
  }
  return { target, eye: target.clone().addScaledVector(back, distance * 1.06) };
}

/** Return where to stand in front of one layer. */
export function standAt(
  place: Place,
  kind: Arrangement["kind"],
  aspect: number,
  field: number,
): Stand {
  const direction = kind === "units" ? new Vector3(0.1, 0.75, 1) : new Vector3(-0.9, 0.3, 1);
  const corners = cornersOf(place.centre, place.size, margin(kind));
  return fitted(new Vector3(...place.centre), direction, corners, aspect, field);
}

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
  boxes: { whole: [-0.42, 0.3, 1], side: [0, 0.12, 1], above: [-0.2, 1, 0.35] },
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
  const low = new Vector3(...arrangement.low);
  const high = new Vector3(...arrangement.high);
  const target = new Vector3().addVectors(low, high).multiplyScalar(0.5);
  return { target, eye: fitted(target, new Vector3(...direction), low, high, aspect, field) };
}

/** Return the nearest point in a direction from which all corners of a box are in view. */
function fitted(
  target: Vector3,
  direction: Vector3,
  low: Vector3,
  high: Vector3,
  aspect: number,
  field: number,
): Vector3 {
  const back = direction.clone().normalize();
  const right = new Vector3(0, 1, 0).cross(back).normalize();
  const up = back.clone().cross(right);
  const vertical = Math.tan((field * Math.PI) / 360);
  let distance = 0;
  for (let corner = 0; corner < 8; corner++) {
    const point = new Vector3(
      corner & 1 ? high.x : low.x,
      corner & 2 ? high.y : low.y,
      corner & 4 ? high.z : low.z,
    ).sub(target);
    const across = Math.abs(point.dot(right)) / (vertical * aspect);
    const along = Math.abs(point.dot(up)) / vertical;
    distance = Math.max(distance, point.dot(back) + Math.max(across, along));
  }
  return target.clone().addScaledVector(back, distance * 1.12);
}

/** Return where to stand in front of one layer. */
export function standAt(
  place: Place,
  kind: Arrangement["kind"],
  aspect: number,
  field: number,
): Stand {
  const target = new Vector3(...place.centre);
  const half = new Vector3(...place.size).multiplyScalar(0.5).addScalar(kind === "units" ? 8 : 12);
  const direction = kind === "units" ? new Vector3(0.1, 0.75, 1) : new Vector3(-0.7, 0.3, 1);
  const low = target.clone().sub(half);
  const high = target.clone().add(half);
  return { target, eye: fitted(target, direction, low, high, aspect, field) };
}

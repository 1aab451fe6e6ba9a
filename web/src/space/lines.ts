/** Lines of the scene: connections of the layers, and what a unit is computed from. */

import {
  BufferGeometry,
  CatmullRomCurve3,
  Color,
  Group,
  LineBasicMaterial,
  LineSegments,
  Mesh,
  MeshBasicMaterial,
  BoxGeometry,
  EdgesGeometry,
  Vector2,
  Vector3,
} from "three";
import { LineMaterial } from "three/addons/lines/LineMaterial.js";
import { LineSegments2 } from "three/addons/lines/LineSegments2.js";
import { LineSegmentsGeometry } from "three/addons/lines/LineSegmentsGeometry.js";
import type { Theme } from "$/space/colours";
import type { Arrangement, Place } from "$/space/places";
import type { Link } from "$/space/sources";

/** Return thin lines from each sheet to those that read it; those that skip layers are bent. */
export function connections(arrangement: Arrangement, theme: Theme): LineSegments {
  const places = new Map(arrangement.places.map((place) => [place.sheet.path, place]));
  const points: Vector3[] = [];
  for (const to of arrangement.places) {
    for (const path of to.sheet.inputs) {
      const from = places.get(path);
      if (from) points.push(...connection(from, to, arrangement.kind));
    }
  }
  const geometry = new BufferGeometry().setFromPoints(points);
  const material = new LineBasicMaterial({ color: new Color(theme.muted) });
  material.transparent = true;
  material.opacity = 0.45;
  return new LineSegments(geometry, material);
}

const BENT = 16; // straight pieces of a bent line

function connection(from: Place, to: Place, kind: Arrangement["kind"]): Vector3[] {
  const start = end(from, kind, 1);
  const stop = end(to, kind, -1);
  const skips = to.sheet.level - from.sheet.level > 1;
  if (!skips && (kind === "units" || start.x < stop.x)) return [start, stop];
  const bend = new Vector3().addVectors(start, stop).multiplyScalar(0.5);
  if (kind === "units") bend.x -= 0.6 * Math.max(from.size[0], to.size[0]) + 12;
  else bend.y += start.x < stop.x ? 0.65 * Math.max(from.size[1], to.size[1]) + 6 : 0;
  const curve = new CatmullRomCurve3([start, bend, stop]);
  const points = curve.getPoints(BENT);
  return points.slice(1).flatMap((point, i) => [points[i] ?? point, point]);
}

/** Return the middle of the side where a sheet is read (1) or reads (-1). */
function end(place: Place, kind: Arrangement["kind"], side: 1 | -1): Vector3 {
  const [x, y, z] = place.centre;
  return kind === "units"
    ? new Vector3(x, y + side * place.unit, z)
    : new Vector3(x + (side * place.size[0]) / 2, y, z);
}

/** Lines between units, red where they add and blue where they take away. */
export class Links {
  readonly group = new Group();
  readonly #places: ReadonlyMap<string, Place>;
  readonly #theme: Theme;

  constructor(arrangement: Arrangement, theme: Theme) {
    this.#places = new Map(arrangement.places.map((place) => [place.sheet.path, place]));
    this.#theme = theme;
  }

  show(links: readonly Link[], resolution: Vector2): void {
    this.clear();
    if (links.length === 0) return;
    const positions: number[] = [];
    const colours: number[] = [];
    const paper = new Color(this.#theme.paper);
    const signs = [new Color(this.#theme.negative), new Color(this.#theme.positive)] as const;
    // the weak ones first: the strong ones are drawn over them
    for (const link of [...links].sort((one, two) => one.share - two.share)) {
      const from = this.#places.get(link.from.path);
      const to = this.#places.get(link.to.path);
      if (!from || !to) continue;
      positions.push(...from.at(link.from.index), ...to.at(link.to.index));
      const colour = paper.clone().lerp(signs[link.amount < 0 ? 0 : 1], 0.25 + 0.75 * link.share);
      colours.push(...colour.toArray(), ...colour.toArray());
    }
    const geometry = new LineSegmentsGeometry();
    geometry.setPositions(positions);
    geometry.setColors(colours);
    const material = new LineMaterial({ vertexColors: true, linewidth: 1.6 });
    material.resolution.copy(resolution);
    material.depthTest = false;
    const lines = new LineSegments2(geometry, material);
    lines.renderOrder = 2;
    this.group.add(lines);
  }

  clear(): void {
    for (const child of [...this.group.children]) {
      if (child instanceof LineSegments2) {
        child.geometry.dispose();
        child.material.dispose();
      }
      this.group.remove(child);
    }
  }
}

/** A frame around one unit, in front of everything. */
export class Mark {
  readonly group = new Group();
  readonly #colour: string;

  constructor(theme: Theme) {
    this.#colour = theme.accent;
  }

  show(place: Place, index: number): void {
    this.clear();
    const side = Math.max(place.unit, 0.9);
    const geometry = new BoxGeometry(side, side, side);
    const body = new Mesh(geometry, new MeshBasicMaterial({ color: new Color(this.#colour) }));
    const frame = new LineSegments(
      new EdgesGeometry(new BoxGeometry(side * 1.5, side * 1.5, side * 1.5)),
      new LineBasicMaterial({ color: new Color(this.#colour) }),
    );
    for (const object of [body, frame]) {
      object.material.depthTest = false;
      object.material.transparent = true;
      object.renderOrder = 3;
      object.position.set(...place.at(index));
    }
    body.material.opacity = 0.55;
    this.group.add(body, frame);
  }

  clear(): void {
    for (const child of [...this.group.children]) {
      if (child instanceof Mesh || child instanceof LineSegments) child.geometry.dispose();
      this.group.remove(child);
    }
  }
}

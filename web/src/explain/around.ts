/** What stands around a step in the network: what follows it, and the maps behind a vector. */

import { layerOf, ruleOf } from "$/explain/rules";
import { sizeOf } from "$/explain/shape";
import type { Geometry, Layer } from "$/explain/types";
import { own } from "$/explain/window";
import type { Step } from "$/model/types";

function shapesOf(steps: readonly Step[], step: Step): readonly (readonly number[])[] | null {
  const shapes = step.inputs.map((path) => steps.find((one) => one.path === path)?.shape);
  return shapes.every((shape) => shape !== undefined) ? shapes : null;
}

function layerIn(steps: readonly Step[], step: Step): { layer: Layer; geometry: Geometry } | null {
  const shapes = shapesOf(steps, step);
  if (shapes === null) return null;
  const layer = layerOf(step, shapes);
  return { layer, geometry: ruleOf(step.type).geometry(layer, 0) };
}

function isPointwise(geometry: Geometry): boolean {
  if ("copies" in geometry) return false;
  return geometry.channels === own && geometry.rows === own && geometry.cols === own;
}

/** Return the steps after a step that change each number by itself, as a normalisation and an activation. */
export function followingOf(steps: readonly Step[], path: string, most = 2): readonly Step[] {
  const following: Step[] = [];
  let last = path;
  while (following.length < most) {
    const readers = steps.filter((step) => step.inputs.includes(last));
    const [next] = readers;
    if (next === undefined || readers.length > 1 || next.inputs.length > 1) break;
    const known = layerIn(steps, next);
    if (known === null || !isPointwise(known.geometry)) break;
    following.push(next);
    last = next.path;
  }
  return following;
}

/** Return the shape [C, H, W] of the maps whose numbers a vector holds in their order; or null. */
export function mapsBehind(steps: readonly Step[], path: string): readonly number[] | null {
  let step = steps.find((one) => one.path === path);
  if (step?.shape.length !== 1) return null;
  while (step !== undefined && step.shape.length === 1 && step.inputs.length === 1) {
    const known = layerIn(steps, step);
    if (known === null) return null;
    const { geometry, layer } = known;
    const last = sizeOf(layer.output) - 1;
    const keeps = "copies" in geometry ? geometry.copies(last) === last : isPointwise(geometry);
    if (!keeps) return null;
    step = steps.find((one) => one.path === step?.inputs[0]);
  }
  return step?.shape.length === 3 ? step.shape : null;
}

/** Receptive field of a unit: on the prepared image, and on the picture that the user chose. */

import { ruleOf } from "$/explain/rules";
import { mapsOf, placeOf } from "$/explain/shape";
import type { Reads } from "$/explain/types";
import type { Axis, Step } from "$/model/types";

/** Rows and columns, each [first, end). */
export interface Box {
  readonly rows: readonly [number, number];
  readonly cols: readonly [number, number];
}

function along(axis: Axis, position: number): readonly [number, number] {
  if ("spans" in axis) return axis.spans[position] ?? axis.spans[0] ?? [0, 0];
  const first = axis.start + position * axis.stride;
  return [first, first + axis.size];
}

function clipped(span: readonly [number, number], size: number): readonly [number, number] {
  return [Math.min(Math.max(span[0], 0), size), Math.min(Math.max(span[1], 0), size)];
}

/** Return the box of the prepared image that a unit sees, clipped to it; null where none is known. */
export function fieldOf(step: Step, index: number, input: readonly number[]): Box | null {
  if (step.field === undefined) return null;
  const { row, col } = placeOf(mapsOf(step.shape), index);
  const { height, width } = mapsOf(input);
  return {
    rows: clipped(along(step.field.rows, row), height),
    cols: clipped(along(step.field.cols, col), width),
  };
}

/** Return the box around marked units; null if none is marked. */
export function boxOf(planes: readonly (Uint8Array | null)[], width: number): Box | null {
  let [top, bottom, left, right] = [Infinity, -1, Infinity, -1];
  for (const plane of new Set(planes)) {
    plane?.forEach((mark, place) => {
      if (!mark) return;
      const row = Math.floor(place / width);
      const col = place % width;
      [top, bottom] = [Math.min(top, row), Math.max(bottom, row)];
      [left, right] = [Math.min(left, col), Math.max(right, col)];
    });
  }
  return bottom < 0 ? null : { rows: [top, bottom + 1], cols: [left, right + 1] };
}

interface Block {
  readonly type: string;
  readonly blocks?: unknown;
}

function isBlock(value: unknown): value is Block {
  return typeof value === "object" && value !== null && "type" in value;
}

/** Return the layers of a preprocessing (a chain of chains), in order. */
function layersOf(preprocessing: unknown): Block[] {
  if (!isBlock(preprocessing)) return [];
  const { blocks } = preprocessing;
  if (typeof blocks !== "object" || blocks === null) return [preprocessing];
  return Object.values(blocks).flatMap(layersOf);
}

/**
 * Return the box of the user's picture from which a box of the prepared image was computed.
 *
 * Empty for a box of the border that a crop adds to small pictures.
 */
export function toPicture(box: Box, preprocessing: unknown, picture: readonly number[]): Box {
  let before = mapsOf(picture);
  const geometries = layersOf(preprocessing).map((block) => {
    const rule = ruleOf(block.type);
    const settings: Record<string, unknown> = { ...block };
    const output = rule.shapeAfter?.(settings, before) ?? before;
    const layer = { settings, inputs: [before], output };
    before = output;
    return rule.geometry(layer, 0);
  });
  const pixels = geometries.reverse().reduce<Box>((inside, geometry) => {
    if ("copies" in geometry) return inside;
    return {
      rows: readSpan(inside.rows, geometry.rows),
      cols: readSpan(inside.cols, geometry.cols),
    };
  }, box);
  const isEmpty = pixels.rows[1] === 0 || pixels.cols[1] === 0;
  return isEmpty ? NOWHERE : pixels;
}

const NOWHERE: Box = { rows: [0, 0], cols: [0, 0] };

function readSpan(
  [first, end]: readonly [number, number],
  reads: Reads,
): readonly [number, number] {
  let [low, high] = [Infinity, -1];
  for (let position = first; position < end; position++) {
    for (const source of reads(position)) {
      low = Math.min(low, source);
      high = Math.max(high, source);
    }
  }
  return high < 0 ? [0, 0] : [low, high + 1];
}

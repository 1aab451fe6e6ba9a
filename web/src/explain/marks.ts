/** Units that depend on a unit, through the whole network: forwards to outputs, back to the input. */

import { layerOf, ruleOf } from "$/explain/rules";
import { mapsOf, placeOf, range, sizeOf, type Maps } from "$/explain/shape";
import type { Geometry, Layer, Reads } from "$/explain/types";
import { own } from "$/explain/window";
import type { Step } from "$/model/types";

/** A mask of a channel, row by row: 1 marks a unit. Channels share the masks that are equal. */
type Plane = Uint8Array;

export interface Marks {
  readonly shape: Maps;
  /** One for each channel; null marks nothing. */
  readonly planes: readonly (Plane | null)[];
}

/** Position lists of the axes: what each position of the result takes its marks from. */
interface Lists {
  /** null: each from its own. */
  readonly channels: readonly (readonly number[])[] | null;
  readonly rows: readonly (readonly number[])[] | null;
  readonly cols: readonly (readonly number[])[] | null;
}

type Shape = readonly number[];

/** A unit of a tensor; without a channel, the units of all channels at that place. */
export interface Source {
  readonly path: string;
  readonly row: number;
  readonly col: number;
  readonly channel?: number;
}

/** Return the marks of all tensors that a unit affects, by path; "" is the prepared image. */
export function affectedBy(
  steps: readonly Step[],
  input: Shape,
  source: Source,
): ReadonlyMap<string, Marks> {
  const shapes = shapesOf(steps, input);
  const marks = new Map([[source.path, started(shapes.get(source.path) ?? [], source)]]);
  for (const step of steps) {
    if (step.path === source.path || !step.inputs.some((path) => marks.has(path))) continue;
    const layer = layerOf(
      step,
      step.inputs.map((path) => shapes.get(path) ?? []),
    );
    const rule = ruleOf(step.type);
    let all: Marks | undefined;
    step.inputs.forEach((path, place) => {
      const before = marks.get(path);
      if (before === undefined || isEmpty(before)) return;
      all = joined(all, forwards(before, rule.geometry(layer, place), layer));
    });
    if (all !== undefined && !isEmpty(all)) marks.set(step.path, all);
  }
  return marks;
}

/** Return the marks of all tensors that a unit depends on, by path; "" is the prepared image. */
export function readBy(
  steps: readonly Step[],
  input: Shape,
  source: Source,
): ReadonlyMap<string, Marks> {
  const shapes = shapesOf(steps, input);
  const marks = new Map([[source.path, started(shapes.get(source.path) ?? [], source)]]);
  for (const step of [...steps].reverse()) {
    const after = marks.get(step.path);
    if (after === undefined) continue;
    const layer = layerOf(
      step,
      step.inputs.map((path) => shapes.get(path) ?? []),
    );
    const rule = ruleOf(step.type);
    step.inputs.forEach((path, place) => {
      const before = backwards(after, rule.geometry(layer, place), layer, place);
      const all = joined(marks.get(path), before);
      if (!isEmpty(all)) marks.set(path, all);
    });
  }
  return marks;
}

function shapesOf(steps: readonly Step[], input: Shape): ReadonlyMap<string, Shape> {
  return new Map([["", input], ...steps.map((step) => [step.path, step.shape] as const)]);
}

function started(shape: Shape, source: Source): Marks {
  const maps = mapsOf(shape);
  const plane = new Uint8Array(maps.height * maps.width);
  plane[source.row * maps.width + source.col] = 1;
  const { channel } = source;
  const planes = range(0, maps.channels).map((c) =>
    channel === undefined || c === channel ? plane : null,
  );
  return { shape: maps, planes };
}

function isEmpty(marks: Marks): boolean {
  return marks.planes.every((plane) => plane === null);
}

/** Return the union of two masks of one shape. */
function joined(a: Marks | undefined, b: Marks): Marks {
  if (a === undefined) return b;
  const unions = new Unions();
  const planes = a.planes.map((plane, channel) => unions.of([plane, b.planes[channel] ?? null]));
  return { shape: b.shape, planes };
}

/** Unions of masks; each combination is computed once, so that equal channels stay shared. */
class Unions {
  readonly #names = new Map<Plane, number>();
  readonly #known = new Map<string, Plane>();

  of(planes: Iterable<Plane | null>): Plane | null {
    const distinct = new Set<Plane>();
    for (const plane of planes) if (plane !== null) distinct.add(plane);
    const [first] = distinct;
    if (first === undefined) return null;
    if (distinct.size === 1) return first;
    const key = [...distinct]
      .map((plane) => this.#name(plane))
      .sort((a, b) => a - b)
      .join(" ");
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const union = new Uint8Array(first.length);
    for (const plane of distinct) plane.forEach((mark, place) => mark && (union[place] = 1));
    this.#known.set(key, union);
    return union;
  }

  #name(plane: Plane): number {
    const name = this.#names.get(plane) ?? this.#names.size;
    this.#names.set(plane, name);
    return name;
  }
}

function forwards(before: Marks, geometry: Geometry, layer: Layer): Marks {
  const { output } = layer;
  if ("copies" in geometry) {
    return ofUnits(output, (index) => marked(before, geometry.copies(index)));
  }
  const list = (reads: Reads, count: number) => (reads === own ? null : range(0, count).map(reads));
  const lists = {
    channels: list(geometry.channels, output.channels),
    rows: list(geometry.rows, output.height),
    cols: list(geometry.cols, output.width),
  };
  return spread(before, lists, output);
}

function backwards(after: Marks, geometry: Geometry, layer: Layer, input: number): Marks {
  const maps = layer.inputs[input] ?? after.shape;
  const { output } = layer;
  if ("copies" in geometry) {
    const sources = new Set<number>();
    for (let index = 0; index < sizeOf(output); index++) {
      if (marked(after, index)) sources.add(geometry.copies(index));
    }
    return ofUnits(maps, (index) => sources.has(index));
  }
  const list = (reads: Reads, outputs: number, inputs: number) =>
    reads === own ? null : inverted(range(0, outputs).map(reads), inputs);
  const lists = {
    channels: list(geometry.channels, output.channels, maps.channels),
    rows: list(geometry.rows, output.height, maps.height),
    cols: list(geometry.cols, output.width, maps.width),
  };
  return spread(after, lists, maps);
}

/** Return for each input the outputs that read it. Lists of inputs with the same readers are shared. */
function inverted(reads: readonly (readonly number[])[], inputs: number): (readonly number[])[] {
  const readers = new Map<readonly number[], number[]>();
  reads.forEach((list, output) => {
    const outputs = readers.get(list);
    if (outputs === undefined) readers.set(list, [output]);
    else outputs.push(output);
  });
  const inverse = Array.from({ length: inputs }, (): readonly number[] => []);
  for (const [list, outputs] of readers) {
    for (const input of list) {
      const before = inverse[input];
      inverse[input] = before?.length ? [...before, ...outputs] : outputs;
    }
  }
  return inverse;
}

function marked(marks: Marks, index: number): boolean {
  if (index < 0) return false;
  const { channel, row, col } = placeOf(marks.shape, index);
  return marks.planes[channel]?.[row * marks.shape.width + col] === 1;
}

function ofUnits(shape: Maps, isMarked: (index: number) => boolean): Marks {
  const area = shape.height * shape.width;
  const full = new Uint8Array(area).fill(1);
  const planes = range(0, shape.channels).map((channel) => {
    const plane = Uint8Array.from({ length: area }, (_, at) =>
      isMarked(channel * area + at) ? 1 : 0,
    );
    if (!plane.includes(1)) return null;
    return area === 1 ? full : plane; // vectors share the one mask there is
  });
  return { shape, planes };
}

function spread(marks: Marks, lists: Lists, shape: Maps): Marks {
  const widened = new Map<Plane, Plane | null>();
  const wide = (plane: Plane | null): Plane | null => {
    if (plane === null) return null;
    let known = widened.get(plane);
    if (known === undefined) {
      known = widen(plane, marks.shape, lists, shape);
      widened.set(plane, known);
    }
    return known;
  };
  if (lists.channels === null) return { shape, planes: marks.planes.map(wide) };
  const unions = new Unions();
  const ofList = new Map<readonly number[], Plane | null>();
  const planes = lists.channels.map((channels) => {
    let union = ofList.get(channels);
    if (union === undefined) {
      union = unions.of(channels.map((channel) => marks.planes[channel] ?? null));
      ofList.set(channels, union);
    }
    return wide(union);
  });
  return { shape, planes };
}

/** Return the mask in which each position takes the marks of its rows and columns; null if empty. */
function widen(plane: Plane, before: Maps, lists: Lists, after: Maps): Plane | null {
  if (lists.rows === null && lists.cols === null) return plane;
  const { width } = before;
  const tall = new Uint8Array(after.height * width);
  for (let row = 0; row < after.height; row++) {
    for (const source of lists.rows?.[row] ?? [row]) {
      for (let col = 0; col < width; col++) {
        if (plane[source * width + col]) tall[row * width + col] = 1;
      }
    }
  }
  const result = new Uint8Array(after.height * after.width);
  for (let col = 0; col < after.width; col++) {
    for (const source of lists.cols?.[col] ?? [col]) {
      for (let row = 0; row < after.height; row++) {
        if (tall[row * width + source]) result[row * after.width + col] = 1;
      }
    }
  }
  return result.includes(1) ? result : null;
}

/** Weights, gradients and the optimiser's state: one piece of memory each. */

import type { Graph } from "$/engine/graph";
import type { ParameterSpec, Variable } from "$/engine/layers/rule";
import { size } from "$/engine/layers/rule";
import type { Arena } from "$/engine/wasm/memory";
import { engineError } from "$/engine/problem";
import { createRandom } from "$/engine/random";
import type { Scheme } from "$/engine/types";
import type { Tensor } from "$/model/types";

export interface Parameter extends Variable {
  /** In the state dict. */
  readonly name: string;
  readonly path: string;
  readonly spec: ParameterSpec;
  /** Numbers in memory. */
  readonly size: number;
}

export interface Buffer {
  readonly name: string;
  readonly at: number;
  readonly size: number;
  readonly value: number;
}

export interface Parameters {
  readonly list: readonly Parameter[];
  readonly buffers: readonly Buffer[];
  /** Addresses; the first `decayed` bytes take weight decay. */
  readonly weights: number;
  readonly gradients: number;
  readonly state: readonly [number, number];
  readonly before: number;
  readonly decayed: number;
  readonly bytes: number;
  /** Trained numbers. */
  readonly count: number;
  parameter(path: string, name: string): Parameter;
  buffer(path: string, name: string): number;
  /** Steps that updated running statistics. */
  tracked: number;
}

const padded = (count: number): number => 16 * Math.ceil(count / 4);

export function createParameters(graph: Graph, arena: Arena): Parameters {
  const all = graph.nodes.flatMap(({ path, parameters }) =>
    parameters.map((spec) => ({ path, spec })),
  );
  const ordered = [
    ...all.filter(({ spec }) => spec.decays),
    ...all.filter(({ spec }) => !spec.decays),
  ];
  const numbers = (spec: ParameterSpec): number => spec.places?.size ?? size(spec.shape);
  const sum = (list: typeof all): number =>
    list.reduce((bytes, { spec }) => bytes + padded(numbers(spec)), 0);
  const bytes = sum(all);
  const [weights, gradients, first, second, before] = [0, 1, 2, 3, 4].map(() => arena.take(bytes));
  const areas = { weights: weights ?? 0, gradients: gradients ?? 0, before: before ?? 0 };
  let offset = 0;
  const placed = new Map(
    ordered.map(({ path, spec }): [ParameterSpec, Parameter] => {
      const variable = { at: areas.weights + offset, gradient: areas.gradients + offset };
      const count = numbers(spec);
      offset += padded(count);
      return [spec, { ...variable, name: `${path}.${spec.name}`, path, spec, size: count }];
    }),
  );
  const list = all.flatMap(({ spec }) => placed.get(spec) ?? []);
  const buffers = graph.nodes.flatMap(({ path, buffers }) =>
    buffers.map((spec) => ({
      ...spec,
      name: `${path}.${spec.name}`,
      at: spec.size ? arena.take(4 * spec.size) : 0,
    })),
  );
  const byName = new Map(list.map((parameter) => [parameter.name, parameter]));
  const places = new Map(buffers.map(({ name, at }) => [name, at]));
  return {
    ...areas,
    list,
    buffers,
    state: [first ?? 0, second ?? 0],
    decayed: sum(all.filter(({ spec }) => spec.decays)),
    bytes,
    count: all.reduce((total, { spec }) => total + size(spec.shape), 0),
    tracked: 0,
    parameter(path, name) {
      const parameter = byName.get(`${path}.${name}`);
      if (!parameter) throw engineError("engine.block", { path: `${path}.${name}` });
      return parameter;
    },
    buffer: (path, name) => places.get(`${path}.${name}`) ?? 0,
  };
}

/** Draw new initial values; buffers and the optimiser's state start again. */
export function initialise(
  parameters: Parameters,
  arena: Arena,
  scheme: Scheme,
  seed: number,
): void {
  const random = createRandom(seed);
  for (const { at, size: count, spec } of parameters.list) {
    const values = new Float32Array(size(spec.shape));
    spec.fill(values, scheme, random);
    put(arena.floats(at, count), values, spec.places?.of);
  }
  for (const { at, size: count, value } of parameters.buffers)
    if (count) arena.floats(at, count).fill(value);
  for (const at of parameters.state) arena.floats(at, parameters.bytes / 4).fill(0);
  parameters.tracked = 0;
}

function put(memory: Float32Array, values: Float32Array, places: Int32Array | undefined): void {
  if (!places) return memory.set(values);
  places.forEach((place, i) => (memory[place] = values[i] ?? 0));
}

function get(memory: Float32Array, places: Int32Array | undefined): Float32Array {
  return places ? Float32Array.from(places, (place) => memory[place] ?? 0) : memory.slice();
}

/** The state dict: parameters and buffers, by name. */
export function readWeights(parameters: Parameters, arena: Arena): Map<string, Tensor> {
  const weights = new Map<string, Tensor>();
  for (const { name, at, size: count, spec } of parameters.list)
    weights.set(name, { shape: spec.shape, data: get(arena.floats(at, count), spec.places?.of) });
  for (const { name, at, size: count } of parameters.buffers) {
    // a buffer without numbers of its own is PyTorch's count of batches
    const data = count ? arena.floats(at, count).slice() : Float32Array.of(parameters.tracked);
    weights.set(name, { shape: count ? [count] : [], data });
  }
  return weights;
}

export function readGradients(parameters: Parameters, arena: Arena): Map<string, Tensor> {
  return new Map(
    parameters.list.map(({ name, gradient, size: count, spec }) => [
      name,
      { shape: spec.shape, data: get(arena.floats(gradient, count), spec.places?.of) },
    ]),
  );
}

/** Throws an EngineError, and changes nothing, if a tensor is missing, of another shape or not finite. */
export function writeWeights(
  parameters: Parameters,
  arena: Arena,
  weights: ReadonlyMap<string, Tensor>,
): void {
  const buffers = parameters.buffers.map(({ size: n, ...rest }) => ({
    ...rest,
    shape: n ? [n] : [],
  }));
  const expected = [
    ...parameters.list.map(({ name, spec }) => ({ name, shape: spec.shape })),
    ...buffers,
  ];
  for (const { name, shape } of expected) check(name, shape, weights.get(name));
  for (const name of weights.keys())
    if (!expected.some((one) => one.name === name))
      throw engineError("engine.unexpectedTensor", { name });
  for (const { name, at, size: count, spec } of parameters.list) {
    const tensor = weights.get(name);
    if (tensor) put(arena.floats(at, count), tensor.data, spec.places?.of);
  }
  for (const { name, at, size: count } of parameters.buffers) {
    const data = weights.get(name)?.data;
    if (data && count) arena.floats(at, count).set(data);
    else if (data) parameters.tracked = data[0] ?? 0;
  }
}

function check(name: string, shape: readonly number[], tensor: Tensor | undefined): void {
  if (!tensor) throw engineError("engine.missingTensor", { name });
  const fits = tensor.shape.length === shape.length && tensor.shape.every((n, i) => n === shape[i]);
  if (!fits || tensor.data.length !== size(shape))
    throw engineError("engine.tensorShape", {
      name,
      shape: tensor.shape.join(" x "),
      expected: shape.join(" x "),
    });
  if (!tensor.data.every(Number.isFinite)) throw engineError("engine.notFinite", { name });
}

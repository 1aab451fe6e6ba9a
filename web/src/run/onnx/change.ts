/** Edits of an ONNX file: what they touch becomes an input, which their values fill. */

import { failure } from "$/lang/failure";
import {
  DIM,
  FLOAT,
  GRAPH,
  MODEL,
  NODE,
  SHAPE,
  TENSOR_TYPE,
  TYPE,
  VALUE,
  type OnnxFile,
  type Stored,
} from "$/run/onnx/file";
import {
  fields,
  integer,
  joined,
  message,
  textOf,
  utf8,
  type Bytes,
  type Field,
  type Span,
} from "$/run/onnx/wire";
import type { Edits, Numbers } from "$/run/types";

/** What edits touch: names of parameters, and of values with a mask. */
export interface Slots {
  readonly weights: readonly string[];
  readonly masks: readonly string[];
}

export const slotsOf = ({ weights = {}, values = {}, off = {} }: Edits): Slots => ({
  weights: [...new Set([...Object.keys(weights), ...Object.keys(values)])],
  masks: Object.keys(off).filter((path) => off[path]?.length),
});

/** Whether edits touch nothing but these slots. */
export function fits(edits: Edits, slots: Slots): boolean {
  const { weights, masks } = slotsOf(edits);
  const has = (all: readonly string[], names: readonly string[]): boolean =>
    names.every((name) => all.includes(name));
  return has(slots.weights, weights) && has(slots.masks, masks);
}

/**
 * Return the file with slots as inputs, and with these outputs in place of its own.
 *
 * A parameter that is edited becomes an input of its name: a session takes other values without
 * being built again. A channel is switched off by a product with a mask, an input too, behind the
 * node that computes it, under the name of the tensor: every consumer and the output see it.
 */
export function withSlots(
  file: OnnxFile,
  slots: Slots,
  outputs: readonly string[],
): Uint8Array<ArrayBuffer> {
  const { bytes } = file;
  const values = slotValues(file, {}, slots);
  const dropped = new Set(slots.weights.map((name) => file.tensors.get(name)?.field));
  const masks = new Map(slots.masks.map((path) => masked(file, path)));
  const parts: Bytes[] = [];
  for (const part of file.parts) {
    if (part.number === GRAPH.output || dropped.has(part)) continue;
    parts.push(...(masks.get(part) ?? [bytes.subarray(part.start, part.end)]));
  }
  for (const [name, { dims }] of values) parts.push(...described(name, dims));
  parts.push(...outputs.flatMap((name) => output(file, name)));
  return joined([
    bytes.subarray(0, file.graph.start),
    ...message(MODEL.graph, parts),
    bytes.subarray(file.graph.end),
  ]);
}

export interface Value {
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

type Values = ReadonlyMap<string, Value>;

/** Values of slots by the name of their input: those of the edits, or the original ones. */
export function slotValues(file: OnnxFile, edits: Edits, slots: Slots): Values {
  const values = new Map<string, Value>();
  for (const name of slots.weights) {
    const all = parameter(file, name, edits.weights?.[name]);
    values.set(name, withNumbers(name, all, edits.values?.[name] ?? {}));
  }
  for (const path of slots.masks) values.set(maskName(path), mask(file, path, edits.off?.[path]));
  return values;
}

/** The numbers of a parameter, float32, with PyTorch's shape. */
function parameter(file: OnnxFile, name: string, data?: Float32Array): Value {
  const tensor = file.tensors.get(name);
  if (!tensor) throw failure("run.noParameter", { name });
  const { dims } = tensor;
  const { from, end } = floats(name, tensor);
  if (!data) return { dims, data: new Float32Array(file.bytes.slice(from, end).buffer) };
  const expected = (end - from) / 4;
  if (data.length !== expected)
    throw failure("run.parameterSize", { name, count: data.length, expected });
  if (!data.every(Number.isFinite)) throw failure("run.notFinite", { name });
  return { dims, data };
}

/** The numbers of a parameter with some of them changed. */
function withNumbers(name: string, value: Value, numbers: Numbers): Value {
  const places = Object.keys(numbers).map(Number);
  if (places.length === 0) return value;
  const data = value.data.slice();
  for (const place of places) {
    if (!Number.isInteger(place) || place < 0 || place >= data.length)
      throw failure("run.noPlace", { name, place, count: data.length });
    data[place] = numbers[place] ?? NaN;
  }
  if (!data.every(Number.isFinite)) throw failure("run.notFinite", { name });
  return { ...value, data };
}

/** (1, C, 1, 1) for maps, (1, F) for vectors: 1, and 0 for channels that are off. */
function mask(file: OnnxFile, path: string, channels: readonly number[] = []): Value {
  const shape = file.shapes.get(path);
  const count = shape?.[1];
  if (!shape || !count) throw failure("run.noLayer", { name: path });
  const data = new Float32Array(count).fill(1);
  for (const channel of channels) {
    if (!Number.isInteger(channel) || channel < 0 || channel >= count)
      throw failure("run.noChannel", { name: path, channel, count });
    data[channel] = 0;
  }
  return { dims: shape.map((_, axis) => (axis === 1 ? count : 1)), data };
}

const maskName = (path: string): string => `${path}/mask`;

/** An output of the graph, as it is described there or as a value in between. */
function output(file: OnnxFile, name: string): Bytes[] {
  const field = file.values.get(name);
  if (!field) throw failure("run.noLayer", { name });
  return message(GRAPH.output, [between(file.bytes, field)]);
}

/** An input of the graph: float32 of these sizes. */
const described = (name: string, dims: readonly number[]): Bytes[] =>
  message(GRAPH.input, [
    ...message(VALUE.name, [utf8(name)]),
    ...message(VALUE.type, [
      ...message(TYPE.tensor, [
        ...integer(TENSOR_TYPE.element, FLOAT),
        ...message(
          TENSOR_TYPE.shape,
          dims.flatMap((size) => message(SHAPE.dim, integer(DIM.value, size))),
        ),
      ]),
    ]),
  ]);

const between = (bytes: Bytes, { from, end }: Span): Bytes => bytes.subarray(from, end);

/** The place of a tensor's numbers, which are float32. */
function floats(name: string, stored: Stored): Span {
  const bytes = 4 * stored.dims.reduce((product, size) => product * size, 1);
  if (stored.type !== FLOAT || !stored.raw || stored.raw.end - stored.raw.from !== bytes)
    throw failure("run.noParameter", { name });
  return stored.raw;
}

/** The node that computes a value: itself, under another output, and the product with the mask. */
function masked(file: OnnxFile, path: string): [Field, Bytes[]] {
  const node = file.producers.get(path);
  if (!node) throw failure("run.noLayer", { name: path });
  const before = `${path}/before_mask`;
  return [
    node,
    [
      ...message(GRAPH.node, renamed(file.bytes, node, path, before)),
      ...message(GRAPH.node, product(before, maskName(path), path)),
    ],
  ];
}

/** The content of a node, with another name for one of its outputs. */
function renamed(bytes: Bytes, node: Field, name: string, other: string): Bytes[] {
  return [...fields(bytes, node)].flatMap((field) =>
    field.number === NODE.output && textOf(bytes, field) === name
      ? message(NODE.output, [utf8(other)])
      : [bytes.subarray(field.start, field.end)],
  );
}

const product = (left: string, right: string, output: string): Bytes[] => [
  ...message(NODE.input, [utf8(left)]),
  ...message(NODE.input, [utf8(right)]),
  ...message(NODE.output, [utf8(output)]),
  ...message(NODE.name, [utf8(`${output}/switch`)]),
  ...message(NODE.operator, [utf8("Mul")]),
];

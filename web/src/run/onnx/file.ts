/** The parts of an ONNX file that are edited: nodes, stored tensors, and the shapes of values. */

import { failure } from "$/lang/failure";
import { VARINT, fields, textOf, type Bytes, type Field, type Span } from "$/run/onnx/wire";

// numbers of fields in onnx.proto
export const MODEL = { graph: 7 } as const;
export const GRAPH = { node: 1, initializer: 5, input: 11, output: 12, value: 13 } as const;
export const NODE = { input: 1, output: 2, name: 3, operator: 4 } as const;
const TENSOR = { dims: 1, type: 2, name: 8, raw: 9, place: 14 } as const;
export const VALUE = { name: 1, type: 2 } as const;
export const TYPE = { tensor: 1 } as const;
export const TENSOR_TYPE = { element: 1, shape: 2 } as const;
export const SHAPE = { dim: 1 } as const;
export const DIM = { value: 1 } as const;
export const FLOAT = 1;

export interface Stored {
  readonly field: Field;
  readonly dims: readonly number[];
  readonly type: number;
  readonly raw: Span | null;
}

/** A file with its graph taken apart; the spans are places in `bytes`. */
export interface OnnxFile {
  readonly bytes: Bytes;
  readonly graph: Field;
  /** Fields of the graph, in order. */
  readonly parts: readonly Field[];
  readonly tensors: ReadonlyMap<string, Stored>;
  /** The node that computes a value. */
  readonly producers: ReadonlyMap<string, Field>;
  readonly outputs: ReadonlyMap<string, Field>;
  /** Descriptions of the outputs, and of values in between. */
  readonly values: ReadonlyMap<string, Field>;
  /** Sizes of values; 0 is a free one, as the batch. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
}

/** Take an ONNX file apart. Throws a failure for bytes that are no such file. */
export function readFile(bytes: Bytes): OnnxFile {
  const whole = { from: 0, end: bytes.length };
  let graph: Field | null = null;
  for (const field of fields(bytes, whole)) {
    if (field.number !== MODEL.graph) continue;
    if (graph) throw failure("run.damaged", { why: "two graphs" });
    graph = field;
  }
  if (!graph) throw failure("run.damaged", { why: "no graph" });
  const parts = [...fields(bytes, graph)];
  const tensors = new Map<string, Stored>();
  const producers = new Map<string, Field>();
  const outputs = new Map<string, Field>();
  const values = new Map<string, Field>();
  const shapes = new Map<string, readonly number[]>();
  for (const part of parts) {
    if (part.number === GRAPH.initializer) {
      const { name, stored } = readTensor(bytes, part);
      tensors.set(name, stored);
    } else if (part.number === GRAPH.node) {
      for (const name of texts(bytes, part, NODE.output)) producers.set(name, part);
    } else if (part.number === GRAPH.output || part.number === GRAPH.value) {
      const { name, shape } = readValue(bytes, part);
      shapes.set(name, shape);
      values.set(name, part);
      if (part.number === GRAPH.output) outputs.set(name, part);
    }
  }
  return { bytes, graph, parts, tensors, producers, outputs, values, shapes };
}

function texts(bytes: Bytes, span: Span, number: number): string[] {
  return children(bytes, span, number).map((field) => textOf(bytes, field));
}

function children(bytes: Bytes, span: Span, number: number): Field[] {
  return [...fields(bytes, span)].filter((field) => field.number === number);
}

function readTensor(bytes: Bytes, field: Field): { name: string; stored: Stored } {
  const dims: number[] = [];
  let name = "";
  let type = 0;
  let raw: Span | null = null;
  for (const part of fields(bytes, field)) {
    // dims are packed, or one field each
    if (part.number === TENSOR.dims && part.wire === VARINT) dims.push(part.value);
    else if (part.number === TENSOR.dims) dims.push(...packed(bytes, part));
    else if (part.number === TENSOR.type) type = part.value;
    else if (part.number === TENSOR.name) name = textOf(bytes, part);
    else if (part.number === TENSOR.raw) raw = part;
    else if (part.number === TENSOR.place && part.value === 1)
      throw failure("run.damaged", { why: "a tensor in another file" });
  }
  return { name, stored: { field, dims, type, raw } };
}

function packed(bytes: Bytes, span: Span): number[] {
  const numbers: number[] = [];
  let value = 0;
  let scale = 1;
  for (const byte of bytes.subarray(span.from, span.end)) {
    value += (byte & 127) * scale;
    scale *= 128;
    if (byte < 128) {
      numbers.push(value);
      value = 0;
      scale = 1;
    }
  }
  return numbers;
}

function readValue(bytes: Bytes, field: Field): { name: string; shape: number[] } {
  const name = texts(bytes, field, VALUE.name)[0] ?? "";
  const dims = children(bytes, field, VALUE.type)
    .flatMap((type) => children(bytes, type, TYPE.tensor))
    .flatMap((tensor) => children(bytes, tensor, TENSOR_TYPE.shape))
    .flatMap((shape) => children(bytes, shape, SHAPE.dim));
  return { name, shape: dims.map((dim) => children(bytes, dim, DIM.value)[0]?.value ?? 0) };
}

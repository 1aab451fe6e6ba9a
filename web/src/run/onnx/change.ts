/** Edits written into the bytes of an ONNX file; what is computed is always a whole file. */

import { failure } from "$/lang/failure";
import { FLOAT, GRAPH, MODEL, NODE, TENSOR, type OnnxFile, type Stored } from "$/run/onnx/file";
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
import type { Edits } from "$/run/types";

/**
 * Return the file with edits, and with these outputs in place of its own.
 *
 * A channel is switched off by a product with a mask behind the node that computes it, under the
 * name of the tensor: every consumer and the output see it.
 */
export function changed(
  file: OnnxFile,
  edits: Edits,
  outputs: readonly string[] = [...file.outputs.keys()],
): Uint8Array<ArrayBuffer> {
  const { bytes } = file;
  const weights = replacements(file, edits.weights ?? {});
  const masks = maskNodes(file, edits.off ?? {});
  const parts: Bytes[] = [];
  for (const part of file.parts) {
    if (part.number === GRAPH.output) continue;
    const replaced = weights.get(part) ?? masks.nodes.get(part);
    parts.push(...(replaced ?? [bytes.subarray(part.start, part.end)]));
  }
  parts.push(...masks.tensors, ...outputs.flatMap((name) => described(file, name)));
  return joined([
    bytes.subarray(0, file.graph.start),
    ...message(MODEL.graph, parts),
    bytes.subarray(file.graph.end),
  ]);
}

/** An output of the graph, as it is described there or as a value in between. */
function described(file: OnnxFile, name: string): Bytes[] {
  const field = file.values.get(name);
  if (!field) throw failure("run.noLayer", { name });
  return message(GRAPH.output, [between(file.bytes, field)]);
}

const between = (bytes: Bytes, { from, end }: Span): Bytes => bytes.subarray(from, end);

/** Stored tensors with other numbers, by their field. */
function replacements(
  file: OnnxFile,
  weights: Readonly<Record<string, Float32Array>>,
): Map<Field, Bytes[]> {
  const result = new Map<Field, Bytes[]>();
  for (const [name, values] of Object.entries(weights)) {
    const stored = file.tensors.get(name);
    if (!stored) throw failure("run.noParameter", { name });
    const raw = floats(name, stored);
    const count = (raw.end - raw.from) / 4;
    if (values.length !== count)
      throw failure("run.parameterSize", { name, count: values.length, expected: count });
    if (!values.every(Number.isFinite)) throw failure("run.notFinite", { name });
    const data = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    const { start, end } = stored.field;
    result.set(stored.field, [
      between(file.bytes, { from: start, end: raw.from }),
      data,
      between(file.bytes, { from: raw.end, end }),
    ]);
  }
  return result;
}

/** The place of a tensor's numbers, which are float32. */
function floats(name: string, stored: Stored): Span {
  const bytes = 4 * stored.dims.reduce((product, size) => product * size, 1);
  if (stored.type !== FLOAT || !stored.raw || stored.raw.end - stored.raw.from !== bytes)
    throw failure("run.noParameter", { name });
  return stored.raw;
}

interface Masks {
  /** Nodes that are replaced by themselves, under another output, and the product. */
  readonly nodes: Map<Field, Bytes[]>;
  readonly tensors: Bytes[];
}

function maskNodes(file: OnnxFile, off: Readonly<Record<string, readonly number[]>>): Masks {
  const masks: Masks = { nodes: new Map(), tensors: [] };
  for (const [path, channels] of Object.entries(off)) {
    if (!channels.length) continue;
    const node = file.producers.get(path);
    const shape = file.shapes.get(path);
    if (!node || !shape || shape.length < 2) throw failure("run.noLayer", { name: path });
    const [before, mask] = [`${path}/before_mask`, `${path}/mask`];
    masks.nodes.set(node, [
      ...message(GRAPH.node, renamed(file.bytes, node, path, before)),
      ...message(GRAPH.node, product(before, mask, path)),
    ]);
    masks.tensors.push(...message(GRAPH.initializer, maskTensor(mask, path, shape, channels)));
  }
  return masks;
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

/** (1, C, 1, 1) for maps, (1, F) for vectors: 1, and 0 for channels that are off. */
function maskTensor(
  name: string,
  path: string,
  shape: readonly number[],
  channels: readonly number[],
): Bytes[] {
  const count = shape[1] ?? 0;
  const values = new Float32Array(count).fill(1);
  for (const channel of channels) {
    if (!Number.isInteger(channel) || channel < 0 || channel >= count)
      throw failure("run.noChannel", { name: path, channel, count });
    values[channel] = 0;
  }
  return [
    ...shape.flatMap((_, axis) => integer(TENSOR.dims, axis === 1 ? count : 1)),
    ...integer(TENSOR.type, FLOAT),
    ...message(TENSOR.name, [utf8(name)]),
    ...message(TENSOR.raw, [new Uint8Array(values.buffer)]),
  ];
}

/** The safetensors format: 8 bytes of header length, a JSON header, then the tensors' bytes. */

import { engineError } from "$/engine/problem";
import type { Tensor } from "$/model/types";

export interface TensorFile {
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** Texts beside the tensors. */
  readonly metadata: Readonly<Record<string, string>>;
}

const MOST_HEADER = 16 * 2 ** 20;

/** Numbers of the types that are read, as float32. */
const TYPES: Readonly<
  Record<string, { bytes: number; read: (view: DataView, at: number) => number }>
> = {
  F32: { bytes: 4, read: (view, at) => view.getFloat32(at, true) },
  F64: { bytes: 8, read: (view, at) => view.getFloat64(at, true) },
  I64: { bytes: 8, read: (view, at) => Number(view.getBigInt64(at, true)) },
  I32: { bytes: 4, read: (view, at) => view.getInt32(at, true) },
  BF16: { bytes: 2, read: (view, at) => bfloat(view.getUint16(at, true)) },
};

function bfloat(bits: number): number {
  return new Float32Array(Uint32Array.of(bits << 16).buffer)[0] ?? 0;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function headerOf(bytes: Uint8Array): { header: Record<string, unknown>; start: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = bytes.length >= 8 ? Number(view.getBigUint64(0, true)) : Infinity;
  if (length > Math.min(MOST_HEADER, bytes.length - 8)) throw engineError("engine.notSafetensors");
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(8, 8 + length));
    const header: unknown = JSON.parse(text);
    if (isObject(header)) return { header, start: 8 + length };
  } catch {
    // not UTF-8 or not JSON: the error below
  }
  throw engineError("engine.notSafetensors");
}

const areCounts = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);

function tensorOf(view: DataView, start: number, name: string, entry: unknown): Tensor {
  if (!isObject(entry) || !areCounts(entry["shape"]) || !areCounts(entry["data_offsets"]))
    throw engineError("engine.damagedTensor", { name });
  const type = TYPES[String(entry["dtype"])];
  if (!type) throw engineError("engine.tensorType", { name, type: String(entry["dtype"]) });
  const [from = 0, to = 0] = entry["data_offsets"];
  const count = entry["shape"].reduce((a, b) => a * b, 1);
  if (to - from !== count * type.bytes || start + to > view.byteLength)
    throw engineError("engine.damagedTensor", { name });
  const data = new Float32Array(count);
  for (let i = 0; i < count; i++) data[i] = type.read(view, start + from + i * type.bytes);
  return { shape: entry["shape"], data };
}

/** Throws an EngineError for a file of another format, or a damaged one. */
export function readSafetensors(bytes: Uint8Array): TensorFile {
  const { header, start } = headerOf(bytes);
  const { __metadata__: texts, ...entries } = header;
  const metadata = isObject(texts) ? texts : {};
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tensors = new Map(
    Object.entries(entries).map(([name, entry]) => [name, tensorOf(view, start, name, entry)]),
  );
  const strings = Object.entries(metadata).filter(
    (pair): pair is [string, string] => typeof pair[1] === "string",
  );
  return { tensors, metadata: Object.fromEntries(strings) };
}

/** PyTorch's count of batches is a whole number. */
const isCounter = (name: string): boolean => name.endsWith(".num_batches_tracked");

export function writeSafetensors({ tensors, metadata }: TensorFile): Uint8Array<ArrayBuffer> {
  // wider numbers first, so that all are aligned; then by name, as Python writes it
  const order = [...tensors].sort(
    ([a], [b]) => Number(isCounter(b)) - Number(isCounter(a)) || (a < b ? -1 : a > b ? 1 : 0),
  );
  const entries: [string, unknown][] = Object.keys(metadata).length
    ? [["__metadata__", metadata]]
    : [];
  let offset = 0;
  for (const [name, { shape, data }] of order) {
    const end = offset + data.length * (isCounter(name) ? 8 : 4);
    entries.push([
      name,
      { dtype: isCounter(name) ? "I64" : "F32", shape, data_offsets: [offset, end] },
    ]);
    offset = end;
  }
  const text = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const length = 8 * Math.ceil(text.length / 8);
  const bytes = new Uint8Array(8 + length + offset).fill(32, 8, 8 + length);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(length), true);
  bytes.set(text, 8);
  let at = 8 + length;
  for (const [name, { data }] of order)
    for (const value of data) {
      if (isCounter(name)) view.setBigInt64(at, BigInt(value), true);
      else view.setFloat32(at, value, true);
      at += isCounter(name) ? 8 : 4;
    }
  return bytes;
}

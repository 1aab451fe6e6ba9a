/** Arrays of numbers in payloads: base64 in JSON, or typed arrays that the page computed. */

import { text as say } from "$/lang/index.svelte";

/** As Python writes it: little-endian, rows first. */
export interface Encoded {
  readonly dtype: "float32" | "uint8";
  readonly shape: readonly number[];
  readonly base64: string;
}

/** A dense array, rows first. */
export interface Dense {
  readonly shape: readonly number[];
  readonly data: Float32Array | Uint8Array;
}

export type Values = Encoded | Dense;

const BYTES = { float32: 4, uint8: 1 } as const;
const decoded = new WeakMap<Encoded, Dense>();

/**
 * Return the numbers of an array; decoded once.
 *
 * Throws: an error that names what does not agree.
 */
export function dense(values: Values): Dense {
  if ("data" in values) return values;
  const known = decoded.get(values);
  if (known) return known;
  const array = decode(values);
  decoded.set(values, array);
  return array;
}

function decode({ dtype, shape, base64 }: Encoded): Dense {
  const count = shape.reduce((product, side) => product * side, 1);
  const text = atob(base64);
  if (text.length !== count * BYTES[dtype]) {
    const expected = count * BYTES[dtype];
    const words = { shape: shape.join(" × "), num: text.length, expected };
    throw new Error(say("payload.fault.bytes", words));
  }
  const bytes = Uint8Array.from(text, (char) => char.charCodeAt(0));
  return { shape, data: dtype === "uint8" ? bytes : floats(bytes) };
}

function floats(bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer);
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
}

/** Return one part of the first axis, without a copy. */
export function plane({ shape, data }: Dense, index: number): Dense {
  const size = shape.slice(1).reduce((product, side) => product * side, 1);
  return { shape: shape.slice(1), data: data.subarray(index * size, (index + 1) * size) };
}

/** Return the smallest and the largest number. */
export function range(data: ArrayLike<number>): [low: number, high: number] {
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < data.length; i++) {
    const value = data[i] ?? 0;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

export function sum(data: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < data.length; i++) total += data[i] ?? 0;
  return total;
}

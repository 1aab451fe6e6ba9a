/** Arrays as the studio sends them: a length, a header of JSON, float32 numbers. */

import { failure } from "$/lang/failure";
import type { Tensor } from "$/model/types";

export interface Block {
  readonly about: Readonly<Record<string, unknown>>;
  readonly tensors: readonly Tensor[];
}

/** Return the arrays of an answer. Throws a failure for bytes that are cut or no such answer. */
export function readBlock(bytes: Uint8Array): Block {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4) throw broken();
  const start = 4 + view.getUint32(0, true);
  if (start > bytes.length) throw broken();
  const about = header(new TextDecoder().decode(bytes.subarray(4, start)));
  // a copy, so that the numbers begin at a multiple of 4
  const numbers = new Float32Array(bytes.slice(start).buffer.slice(0, 4 * countOf(bytes, start)));
  let at = 0;
  const tensors = shapesOf(about).map((shape): Tensor => {
    const size = shape.reduce((product, side) => product * side, 1);
    if (at + size > numbers.length) throw broken();
    const data = numbers.slice(at, at + size);
    at += size;
    return { shape, data };
  });
  return { about, tensors };
}

const broken = (): Error => failure("look.server.broken");
const countOf = (bytes: Uint8Array, start: number): number =>
  Math.floor((bytes.length - start) / 4);

function header(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw broken();
  }
  if (typeof value !== "object" || value === null) throw broken();
  return value as Record<string, unknown>;
}

function shapesOf({ shapes }: Readonly<Record<string, unknown>>): readonly (readonly number[])[] {
  if (!Array.isArray(shapes)) throw broken();
  return shapes.map((shape: unknown) => {
    if (!Array.isArray(shape) || !shape.every((side) => Number.isInteger(side) && side >= 0))
      throw broken();
    return shape as readonly number[];
  });
}

/**
 * Protocol buffers: the fields of a message, and messages from parts.
 *
 * The bytes are not trusted: every length is checked against the end of its message.
 */

import { failure } from "$/lang/failure";

export type Bytes = Uint8Array<ArrayBufferLike>;

export interface Span {
  readonly from: number;
  readonly end: number;
}

/** A field: the whole of it, with its tag, is [start, end); the content is [from, end). */
export interface Field extends Span {
  readonly number: number;
  readonly wire: number;
  readonly start: number;
  /** Of a varint; 0 for other kinds. */
  readonly value: number;
}

export const VARINT = 0;
const EIGHT = 1;
const LENGTH = 2;
const FOUR = 5;

const damaged = (why: string): Error => failure("run.damaged", { why });

/** Yields the fields of a message in `bytes` from `from` to `end`. */
export function* fields(bytes: Bytes, { from, end }: Span): Generator<Field> {
  if (end > bytes.length) throw damaged("a message is longer than the file");
  let at = from;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1, count = 0; count < 10; count += 1, scale *= 128) {
      const byte = bytes[at];
      if (byte === undefined || at >= end) throw damaged("the file ends inside a number");
      at += 1;
      // negative numbers take 10 bytes: above 2^53 only their being there matters
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    throw damaged("a number of more than 10 bytes");
  };
  while (at < end) {
    const start = at;
    const tag = varint();
    const number = Math.floor(tag / 8);
    const wire = tag % 8;
    const value = wire === VARINT || wire === LENGTH ? varint() : 0;
    const length = wire === LENGTH ? value : wire === EIGHT ? 8 : wire === FOUR ? 4 : 0;
    const known = wire === VARINT || wire === EIGHT || wire === LENGTH || wire === FOUR;
    if (!known || number === 0) throw damaged("a field of an unknown kind");
    if (length > end - at) throw damaged("a field is longer than its message");
    const content = at;
    at += length;
    yield { number, wire, start, from: content, end: at, value: wire === VARINT ? value : 0 };
  }
}

const decoder = new TextDecoder("utf-8", { fatal: true });

export function textOf(bytes: Bytes, { from, end }: Span): string {
  try {
    return decoder.decode(bytes.subarray(from, end));
  } catch {
    throw damaged("a name is not UTF-8");
  }
}

/** Bytes of a whole number in groups of 7 bits, the lowest first. */
export function varint(number: number): Bytes {
  const parts: number[] = [];
  let rest = number;
  while (rest >= 128) {
    parts.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return Uint8Array.from([...parts, rest]);
}

export const utf8 = (text: string): Bytes => new TextEncoder().encode(text);

export const size = (parts: readonly Bytes[]): number =>
  parts.reduce((total, part) => total + part.length, 0);

/** A field with a length: tag, length, content. */
export const message = (number: number, content: readonly Bytes[]): Bytes[] => [
  varint(number * 8 + LENGTH),
  varint(size(content)),
  ...content,
];

export const integer = (number: number, value: number): Bytes[] => [
  varint(number * 8 + VARINT),
  varint(value),
];

export function joined(parts: readonly Bytes[]): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(size(parts));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}

/**
 * Reader of packed images: many labelled images of one size in one file.
 *
 * The file is a gzip stream (RFC 1952) of:
 *
 *     4 bytes   "CVI1"
 *     4 bytes   length of the header, unsigned, little-endian
 *     header    JSON in UTF-8: {"name", "title", "notice", "labels", "shape": [C, H, W],
 *               "mean": [C numbers], "std": [C numbers], "train": count, "held_out": count}
 *     classes   1 byte for each image: first those of training, then the held-out ones
 *     pixels    [N, C, H, W], 1 byte each, in the same order
 */

import { DataError, MOST_CLASSES, type ImageSet, type Split } from "$/data/images";

const MAGIC = "CVI1";
const MOST_HEADER = 2 ** 20;
/** Unpacked bytes of one file: 1 GiB. */
const MOST_BYTES = 2 ** 30;

interface Header {
  readonly name: string;
  readonly title: string;
  readonly notice: string;
  readonly labels: readonly string[];
  readonly shape: readonly [number, number, number];
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly train: number;
  readonly held_out: number;
}

/** Return the images of a packed file; a server may have unpacked it already. Raises DataError. */
export async function readPacked(bytes: Uint8Array<ArrayBuffer>): Promise<ImageSet> {
  const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return parsePacked(isPacked ? await unpacked(bytes) : bytes);
}

async function unpacked(file: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  if (typeof DecompressionStream === "undefined") throw new DataError("data.noDecompression");
  const stream = new Blob([file]).stream().pipeThrough(new DecompressionStream("gzip"));
  const reader = stream.getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value);
      length += value.length;
      if (length > MOST_BYTES) throw new DataError("data.tooLarge", { limit: "1 GiB" });
    }
  } catch (error) {
    await reader.cancel().catch(() => undefined);
    if (error instanceof DataError) throw error;
    throw new DataError("data.cutOff");
  }
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

/** Return the images of an unpacked file. Raises DataError. */
export function parsePacked(bytes: Uint8Array): ImageSet {
  const magic = String.fromCharCode(...bytes.subarray(0, 4));
  if (magic !== MAGIC) {
    throw new DataError(magic.startsWith("CVI") ? "data.newerFormat" : "data.notImages");
  }
  if (bytes.length < 8) throw new DataError("data.cutOff");
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true);
  if (length > MOST_HEADER) throw new DataError("data.badHeader", { part: "length" });
  const start = 8 + length;
  if (bytes.length < start) throw new DataError("data.cutOff");
  const header = readHeader(bytes.subarray(8, start));
  const count = header.train + header.held_out;
  const [channels, height, width] = header.shape;
  const each = channels * height * width;
  if (bytes.length !== start + count * (1 + each)) throw new DataError("data.cutOff");
  const classes = bytes.subarray(start, start + count);
  if (classes.some((index) => index >= header.labels.length)) {
    throw new DataError("data.badHeader", { part: "labels" });
  }
  const pixels = bytes.subarray(start + count);
  const split = (first: number, end: number): Split => ({
    count: end - first,
    pixels: pixels.slice(first * each, end * each),
    classes: classes.slice(first, end),
  });
  const { name, title, notice, labels, shape, mean, std } = header;
  return {
    ...{ name, title, notice, labels, shape, mean, std },
    train: split(0, header.train),
    heldOut: split(header.train, count),
  };
}

function readHeader(bytes: Uint8Array): Header {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new DataError("data.badHeader", { part: "JSON" });
  }
  const object = typeof header === "object" && header !== null ? header : {};
  const wrong = Object.entries(CHECKS).find(([key, holds]) => !holds(Reflect.get(object, key)));
  if (wrong) throw new DataError("data.badHeader", { part: wrong[0] });
  const checked = object as Header;
  const channels = checked.shape[0];
  for (const part of ["mean", "std"] as const) {
    if (checked[part].length !== channels) throw new DataError("data.badHeader", { part });
  }
  return checked;
}

const isCount = (value: unknown): boolean =>
  Number.isInteger(value) && Number(value) > 0 && Number(value) < 1e8;
const isText = (value: unknown): boolean => typeof value === "string";
const isNumber = (value: unknown): boolean => Number.isFinite(value);
const listOf =
  (holds: (value: unknown) => boolean, most: number) =>
  (value: unknown): boolean =>
    Array.isArray(value) && value.length > 0 && value.length <= most && value.every(holds);

/** What each part of the header has to be. */
const CHECKS: Readonly<Record<keyof Header, (value: unknown) => boolean>> = {
  name: isText,
  title: isText,
  notice: isText,
  labels: listOf(isText, MOST_CLASSES),
  shape: (value) =>
    listOf((side) => isCount(side) && Number(side) <= 1024, 3)(value) &&
    (value as unknown[]).length === 3,
  mean: listOf(isNumber, 1024),
  std: listOf((value) => isNumber(value) && Number(value) > 0, 1024),
  train: isCount,
  held_out: isCount,
};

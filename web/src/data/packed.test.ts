import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { DataError } from "$/data/images";
import { readPacked } from "$/data/packed";

const HEADER = {
  ...{ name: "tiny", title: "Tiny", notice: "none", labels: ["a", "<img src=x>"] },
  ...{ shape: [1, 2, 3], mean: [0.5], std: [0.25], train: 2, held_out: 1 },
};
const CLASSES = [0, 1, 1];
const PIXELS = Array.from({ length: 18 }, (_, index) => 14 * index);

function file(header: object, body = [...CLASSES, ...PIXELS], magic = "CVI1"): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const length = new Uint8Array(new Uint32Array([text.length]).buffer);
  return new Uint8Array([...new TextEncoder().encode(magic), ...length, ...text, ...body]);
}

const packed = (bytes: Uint8Array) => readPacked(new Uint8Array(gzipSync(bytes)));

describe("packed images", () => {
  test("classes and pixels come back, training first", async () => {
    const images = await packed(file(HEADER));
    expect([...images.train.classes, ...images.heldOut.classes]).toEqual(CLASSES);
    expect([...images.train.pixels]).toEqual(PIXELS.slice(0, 12));
    expect([...images.heldOut.pixels]).toEqual(PIXELS.slice(12));
    expect(images.labels).toEqual(HEADER.labels);
    expect([images.train.count, images.heldOut.count]).toEqual([2, 1]);
  });

  test("a file that the server has unpacked is read too", async () => {
    const images = await readPacked(new Uint8Array(file(HEADER)));
    expect([...images.train.pixels]).toEqual(PIXELS.slice(0, 12));
  });

  const whole = file(HEADER);
  const rows: readonly (readonly [string, Uint8Array, string])[] = [
    ["another file", gzipSync("hello, hello"), "data.notImages"],
    ["a later format", gzipSync(file(HEADER, [], "CVI2")), "data.newerFormat"],
    ["the stream cut off", gzipSync(whole).subarray(0, -12), "data.cutOff"],
    ["a pixel too few", gzipSync(whole.subarray(0, -1)), "data.cutOff"],
    ["a pixel too many", gzipSync(new Uint8Array([...whole, 0])), "data.cutOff"],
    ["only the name", gzipSync(whole.subarray(0, 6)), "data.cutOff"],
    ["a class without a label", gzipSync(file(HEADER, [0, 2, 1, ...PIXELS])), "data.badHeader"],
    ["no labels", gzipSync(file({ ...HEADER, labels: [] })), "data.badHeader"],
    ["a negative size", gzipSync(file({ ...HEADER, shape: [1, -2, 3] })), "data.badHeader"],
    ["a deviation of 0", gzipSync(file({ ...HEADER, std: [0] })), "data.badHeader"],
    ["two means", gzipSync(file({ ...HEADER, mean: [0, 0] })), "data.badHeader"],
    ["a count in text", gzipSync(file({ ...HEADER, train: "2" })), "data.badHeader"],
    ["no object", gzipSync(file(["CVI1"])), "data.badHeader"],
  ];
  test.each(rows)("%s is a fault in words", async (_name, bytes, fault) => {
    const error: unknown = await readPacked(new Uint8Array(bytes)).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(DataError);
    expect((error as DataError).fault).toBe(fault);
  });
});

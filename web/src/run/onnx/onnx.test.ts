import { describe, expect, test } from "vitest";
import { failureOf } from "$/lang/failure";
import { fits, slotValues, slotsOf, withSlots } from "$/run/onnx/change";
import { readFile } from "$/run/onnx/file";
import { fields, integer, joined, message, utf8, varint, type Bytes } from "$/run/onnx/wire";

const tensor = (name: string, dims: number[], values: number[]): Bytes[] => [
  ...dims.flatMap((size) => integer(1, size)),
  ...integer(2, 1),
  ...message(8, [utf8(name)]),
  ...message(9, [new Uint8Array(Float32Array.from(values).buffer)]),
];

const value = (name: string, dims: number[]): Bytes[] => [
  ...message(1, [utf8(name)]),
  ...message(2, [
    ...message(1, [
      ...integer(1, 1),
      ...message(
        2,
        dims.flatMap((size) => message(1, size ? integer(1, size) : message(2, [utf8("N")]))),
      ),
    ]),
  ]),
];

const node = (operator: string, inputs: string[], output: string): Bytes[] => [
  ...inputs.flatMap((name) => message(1, [utf8(name)])),
  ...message(2, [utf8(output)]),
  ...message(4, [utf8(operator)]),
];

/** x -> conv -> relu, with metadata behind the graph. */
const bytes = joined([
  ...integer(1, 10),
  ...message(7, [
    ...message(1, node("Conv", ["x", "conv.weight"], "conv")),
    ...message(1, node("Relu", ["conv"], "relu")),
    ...message(2, [utf8("net")]),
    ...message(5, tensor("conv.weight", [2, 1, 1, 1], [3, 4])),
    ...message(11, value("x", [0, 1, 4, 4])),
    ...message(12, value("relu", [0, 2, 4, 4])),
    ...message(13, value("conv", [0, 2, 4, 4])),
  ]),
  ...message(14, [utf8("metadata")]),
]);

const names = (file: Bytes, number: number): string[] => {
  const graph = [...fields(file, { from: 0, end: file.length })].find((f) => f.number === 7);
  if (!graph) return [];
  return [...fields(file, graph)]
    .filter((field) => field.number === number)
    .map((field) => [...fields(file, field)].find((f) => f.number === (number === 5 ? 8 : 1)))
    .map((name) => (name ? new TextDecoder().decode(file.subarray(name.from, name.end)) : ""));
};

describe("ONNX files", () => {
  test("tensors, shapes and nodes are read", () => {
    const file = readFile(bytes);
    expect(file.tensors.get("conv.weight")?.dims).toEqual([2, 1, 1, 1]);
    expect(file.shapes.get("conv")).toEqual([0, 2, 4, 4]);
    expect([...file.producers.keys()]).toEqual(["conv", "relu"]);
    expect([...file.outputs.keys()]).toEqual(["relu"]);
  });

  test("without edits only the outputs change", () => {
    const file = readFile(bytes);
    const none = slotsOf({});
    expect(withSlots(file, none, ["relu"]).length).toBe(bytes.length);
    const both = readFile(withSlots(file, none, ["relu", "conv"]));
    expect([...both.outputs.keys()]).toEqual(["relu", "conv"]);
    expect(both.parts.length).toBe(file.parts.length + 1);
  });

  test("edited parameters and masks become inputs", () => {
    const edits = { weights: { "conv.weight": Float32Array.of(5, 6) }, off: { conv: [1] } };
    const file = readFile(bytes);
    const slots = slotsOf(edits);
    const next = withSlots(file, slots, ["relu"]);
    expect(names(next, 5)).toEqual([]);
    expect(names(next, 11)).toEqual(["x", "conv.weight", "conv/mask"]);
    const producers = [...readFile(next).producers.keys()];
    expect(producers).toEqual(["conv/before_mask", "conv", "relu"]);
    const values = slotValues(file, edits, slots);
    expect(values.get("conv.weight")).toEqual({ dims: [2, 1, 1, 1], data: Float32Array.of(5, 6) });
    expect(values.get("conv/mask")).toEqual({ dims: [1, 2, 1, 1], data: Float32Array.of(1, 0) });
    const original = slotValues(file, {}, slots);
    expect(original.get("conv.weight")?.data).toEqual(Float32Array.of(3, 4));
    expect(original.get("conv/mask")?.data).toEqual(Float32Array.of(1, 1));
    expect(fits({ off: { conv: [0] } }, slots)).toBe(true);
    expect(fits({ off: { relu: [0] } }, slots)).toBe(false);
  });

  test("every truncation is a failure in words", () => {
    for (let length = 0; length < bytes.length; length += 1) {
      let key = "";
      try {
        readFile(bytes.subarray(0, length));
      } catch (error) {
        key = failureOf(error).key;
      }
      // the last field lies behind the graph
      const whole = length >= bytes.length - 10 && key === "";
      expect(whole || key === "run.damaged", `${length} bytes: ${key}`).toBe(true);
    }
  });

  test("any byte may be another", () => {
    for (let place = 0; place < bytes.length; place += 1)
      for (const other of [0, 1, 0x7f, 0x80, 0xff]) {
        const damaged = bytes.slice();
        damaged[place] = other;
        try {
          const file = readFile(damaged);
          withSlots(file, slotsOf({ off: { conv: [1] } }), ["relu"]);
        } catch (error) {
          expect(failureOf(error).key).not.toBe("run.unexpected");
        }
      }
  });

  test("tensors in other files are refused", () => {
    const outside = joined([
      ...message(7, message(5, [...message(8, [utf8("w")]), ...integer(14, 1)])),
    ]);
    expect(() => readFile(outside)).toThrow("run.damaged");
  });
});

test.each([0, 1, 127, 128, 300, 2 ** 31, 2 ** 40])("%d as a varint", (number) => {
  const message = joined([Uint8Array.of(8), varint(number)]);
  expect([...fields(message, { from: 0, end: message.length })][0]?.value).toBe(number);
});

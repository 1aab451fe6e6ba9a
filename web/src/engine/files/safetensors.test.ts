import { describe, expect, it } from "vitest";
import { problemOf, readModel, writeModel } from "$/engine";
import { readSafetensors, writeSafetensors } from "$/engine/files/safetensors";
import type { Tensor } from "$/model/types";

const key = (run: () => unknown): string | undefined => {
  try {
    run();
  } catch (error) {
    return problemOf(error)?.key;
  }
  return undefined;
};

const tensors = new Map<string, Tensor>([
  ["b.weight", { shape: [2, 2], data: Float32Array.of(1, -2, 3.5, 4) }],
  ["a.num_batches_tracked", { shape: [], data: Float32Array.of(12) }],
]);

/** A file by hand, as the format's documentation describes it. */
function file(header: unknown, data: readonly number[]): Uint8Array {
  const text = new TextEncoder().encode(
    typeof header === "string" ? header : JSON.stringify(header),
  );
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

describe("safetensors", () => {
  it("reads what it writes, counters as whole numbers first", () => {
    const bytes = writeSafetensors({ tensors, metadata: { note: "é" } });
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(length % 8).toBe(0);
    const header: unknown = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
    expect(header).toEqual({
      __metadata__: { note: "é" },
      "a.num_batches_tracked": { dtype: "I64", shape: [], data_offsets: [0, 8] },
      "b.weight": { dtype: "F32", shape: [2, 2], data_offsets: [8, 24] },
    });
    const again = readSafetensors(bytes);
    expect(Object.fromEntries(again.tensors)).toEqual(Object.fromEntries(tensors));
    expect(again.metadata).toEqual({ note: "é" });
  });

  it("reads other types of numbers", () => {
    const header = { x: { dtype: "BF16", shape: [2], data_offsets: [0, 4] } };
    expect(readSafetensors(file(header, [0x80, 0x3f, 0, 0xc0])).tensors.get("x")?.data).toEqual(
      Float32Array.of(1, -2),
    );
  });

  it.each([
    ["no bytes", new Uint8Array(), "engine.notSafetensors"],
    [
      "a header longer than the file",
      Uint8Array.of(255, 0, 0, 0, 0, 0, 0, 0, 123),
      "engine.notSafetensors",
    ],
    ["a header that is not JSON", file("{x", []), "engine.notSafetensors"],
    ["a list as header", file("[]", []), "engine.notSafetensors"],
    [
      "a tensor beyond the end",
      file({ x: { dtype: "F32", shape: [1], data_offsets: [0, 4] } }, [0]),
      "engine.damagedTensor",
    ],
    [
      "a size that is not its bytes",
      file({ x: { dtype: "F32", shape: [2], data_offsets: [0, 4] } }, [0, 0, 0, 0]),
      "engine.damagedTensor",
    ],
    [
      "another type",
      file({ x: { dtype: "F8", shape: [1], data_offsets: [0, 1] } }, [0]),
      "engine.tensorType",
    ],
  ])("refuses %s in words", (_name, bytes, expected) => {
    expect(key(() => readSafetensors(bytes))).toBe(expected);
  });
});

describe("a model file", () => {
  const model = {
    architecture: {
      name: "x",
      input: [1, 2, 2] as const,
      num_classes: 2,
      block: { type: "Chain", blocks: {} },
    },
    labels: ["<b>", "零"],
    preprocessing: { type: "Chain", blocks: {} },
    provenance: { steps: 3 },
    weights: tensors,
  };

  it("reads what it writes", () => {
    expect(readModel(writeModel(model))).toEqual(model);
  });

  it("is more than tensors", () => {
    expect(key(() => readModel(writeSafetensors({ tensors, metadata: {} })))).toBe(
      "engine.notModel",
    );
    expect(
      key(() => readModel(writeSafetensors({ tensors, metadata: { convscope: "[1]" } }))),
    ).toBe("engine.notModel");
  });
});

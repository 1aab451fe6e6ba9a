import { describe, expect, test } from "vitest";
import { luma } from "$/input/pixels";
import type { Input, Target } from "$/input/types";
import { agreementOf } from "$/views/look/studio/agreement";
import { readBlock } from "$/views/look/studio/blocks";
import { common, converted } from "$/views/look/studio/convert";
import { mistakesOf, wrongFirst } from "$/views/look/studio/mistakes";
import { entryOf, matching, type ModelEntry } from "$/views/look/studio/models";

const judged = (labels: string[], ...probabilities: number[]) => ({
  labels,
  probabilities: Float32Array.from(probabilities),
});

describe("agreement of two networks", () => {
  test("the same class", () => {
    const result = agreementOf(judged(["a", "b"], 0.75, 0.25), judged(["a", "b"], 0.5, 0.25));
    expect(result).toEqual({
      kind: "agree",
      one: { label: "a", share: 0.75 },
      two: { label: "a", share: 0.5 },
      most: { label: "a", one: 0.75, two: 0.5 },
    });
  });

  test("other classes, in another order", () => {
    const result = agreementOf(judged(["a", "b"], 0.75, 0.25), judged(["b", "a"], 0.875, 0.125));
    expect(result).toMatchObject({
      kind: "differ",
      two: { label: "b", share: 0.875 },
      most: { label: "b", one: 0.25, two: 0.875 },
    });
  });

  test("networks for other classes are not compared", () => {
    expect(agreementOf(judged(["a", "b"], 1, 0), judged(["a", "c"], 1, 0)).kind).toBe("other");
    expect(agreementOf(judged(["a"], 1), judged(["a", "b"], 1, 0)).kind).toBe("other");
  });
});

const target = (channels: 1 | 3, digits: boolean): Target => ({
  ...{ channels, digits, background: [0, 0, 0], trained: null, size: [8, 8] },
});

describe("one picture for two networks", () => {
  test("digits are prepared if one reads digits, colours are kept if one reads them", () => {
    expect(common(target(1, true), target(1, false)).digits).toBe(true);
    expect(common(target(1, false), target(1, true)).digits).toBe(true);
    expect(common(target(1, false), target(1, false)).digits).toBe(false);
    expect(common(target(1, true), target(3, false))).toMatchObject({ channels: 3, digits: false });
    expect(common(target(3, false), target(1, true)).channels).toBe(3);
  });

  test("colours become grey as in Python, and grey becomes colours", () => {
    const data = Uint8Array.of(200, 100, 50, 0, 255, 0);
    const input: Input = {
      ...{ name: "x", notes: [] },
      picture: { width: 2, height: 1, channels: 3, data },
    };
    const grey = converted(input, target(1, false));
    expect([...grey.picture.data]).toEqual([luma(200, 100, 50), luma(0, 255, 0)]);
    expect([...converted(grey, target(3, false)).picture.data.slice(0, 3)]).toEqual(
      Array(3).fill(luma(200, 100, 50)),
    );
    expect(converted(input, target(3, false))).toBe(input);
  });

  test("a digit in a photo is cut out for a network of digits", () => {
    const side = 60;
    const data = new Uint8Array(3 * side * side).fill(230);
    for (let row = 15; row < 45; row++)
      for (let col = 27; col < 33; col++)
        data.fill(20, 3 * (row * side + col), 3 * (row * side + col) + 3);
    const input: Input = {
      ...{ name: "x", notes: [] },
      picture: { width: side, height: side, channels: 3, data },
    };
    const { picture, notes } = converted(input, target(1, true));
    expect([picture.width, picture.height, picture.channels]).toEqual([28, 28, 1]);
    expect(picture.data[0]).toBe(0);
    expect(notes.map(({ key }) => key.slice(-3))).toEqual(["Ink"]);
    const blank = { ...input.picture, data: new Uint8Array(3 * side * side).fill(200) };
    expect(converted({ ...input, picture: blank }, target(1, true)).picture.width).toBe(side);
  });
});

describe("arrays from the studio", () => {
  function block(about: unknown, numbers: readonly number[], cut = 0): Uint8Array {
    const text = new TextEncoder().encode(JSON.stringify(about));
    const bytes = new Uint8Array(4 + text.length + 4 * numbers.length);
    new DataView(bytes.buffer).setUint32(0, text.length, true);
    bytes.set(text, 4);
    bytes.set(new Uint8Array(Float32Array.from(numbers).buffer), 4 + text.length);
    return bytes.slice(0, bytes.length - cut);
  }

  test("are read whatever the length of the header", () => {
    for (const name of ["a", "ab", "abc", "abcd"]) {
      const bytes = block({ name, shapes: [[2, 1], [3]] }, [1, 2, 3, 4, 5]);
      const { about, tensors } = readBlock(bytes);
      expect(about["name"]).toBe(name);
      expect(tensors.map(({ shape, data }) => [shape, [...data]])).toEqual([
        [
          [2, 1],
          [1, 2],
        ],
        [[3], [3, 4, 5]],
      ]);
    }
  });

  test.each([
    ["cut numbers", block({ shapes: [[4]] }, [1, 2, 3, 4], 3)],
    ["too few numbers", block({ shapes: [[5]] }, [1, 2, 3, 4])],
    ["no shapes", block({}, [])],
    ["no header", Uint8Array.of(9, 0, 0, 0)],
    ["nothing", new Uint8Array()],
    ["negative sides", block({ shapes: [[-1]] }, [])],
    ["no JSON", Uint8Array.of(2, 0, 0, 0, 120, 120)],
  ])("%s is a failure", (_name, bytes) => {
    expect(() => readBlock(bytes)).toThrow("look.server.broken");
  });
});

describe("images of a data set", () => {
  test("misclassified ones come first, the most confident at the top", () => {
    const mistakes = new Map([
      [3, 0.5],
      [1, 0.9],
    ]);
    expect(wrongFirst([0, 1, 2, 3], mistakes)).toEqual([1, 3, 0, 2]);
    expect(wrongFirst([3, 2], mistakes)).toEqual([3, 2]);
  });

  test("are found by their split and number", () => {
    const base64 = (array: Uint8Array | Int32Array | Float32Array): string =>
      btoa(String.fromCharCode(...new Uint8Array(array.buffer)));
    const int = (...values: number[]) => ({
      ...{ kind: "int32" as const, shape: [values.length] },
      data: base64(Int32Array.from(values)),
    });
    const float = (...values: number[]) => ({
      ...{ kind: "float32" as const, shape: [values.length] },
      data: base64(Float32Array.from(values)),
    });
    const none = { kind: "float32" as const, shape: [0, 2], data: "" };
    const images = {
      ...{ split_N: int(2, 2, 0), index_N: int(7, 8, 9), true_N: int(1, 1, 1) },
      ...{ predicted_N: int(1, 0, 0), confidence_N: float(0.5, 0.75, 1) },
      ...{ true_probability_N: none, loss_N: none, entropy_N: none, top_NT: none },
      ...{ top_probability_NT: none, likely_N: none, suggested_N: none, margin_N: none },
      points_N2: none,
    };
    expect([...mistakesOf(images, "test")]).toEqual([[8, 0.75]]);
    expect([...mistakesOf(images, "train")]).toEqual([[9, 1]]);
  });
});

describe("models", () => {
  const models = [
    { id: "tiny", argument: "runs/tiny", name: "tiny", kind: "run", architecture: "lenet5" },
    { id: "lenet5", argument: "lenet5", name: "LeNet-5", kind: "zoo", architecture: "" },
  ] as const satisfies readonly ModelEntry[];

  test("are named by id or as on the command line", () => {
    expect(entryOf(models, "runs/tiny")).toBe(models[0]);
    expect(entryOf(models, "lenet5")).toBe(models[1]);
    expect(entryOf(models, "<img>")).toBeNull();
  });

  test("are searched by all words", () => {
    expect(matching(models, "TINY lenet")).toEqual([models[0]]);
    expect(matching(models, "lenet")).toEqual(models);
    expect(matching(models, "vgg")).toEqual([]);
    expect(matching(models, " ")).toEqual(models);
  });
});

import { describe, expect, test } from "vitest";
import {
  changed,
  changesOf,
  MOST_TEXT,
  NO_CHANGES,
  numChanges,
  rounded,
  textsOf,
  withSwitch,
  withValues,
  type Changes,
} from "$/views/look/edits/changes";

const LEARNED = Float32Array.of(0.1, -0.25, 0.3, 4);
const sizes = {
  channels: (path: string) => ({ conv1: 6, "stage1.block2.conv": 16 })[path],
  numbers: (name: string) => ({ "conv1.weight": 4, "conv1.bias": 6 })[name],
};

const read = (changes: Changes): Changes | null => changesOf(textsOf(changes), sizes);

describe("changes of a network", () => {
  test("numbers are merged, and those equal to the learned ones go", () => {
    const one = withValues(NO_CHANGES, "conv1.weight", new Map([[1, 2]]), LEARNED);
    expect(one.values).toEqual({ "conv1.weight": { 1: 2 } });
    const two = withValues(one, "conv1.weight", new Map([[3, 0.5]]), LEARNED);
    expect(two.values["conv1.weight"]).toEqual({ 1: 2, 3: 0.5 });
    const back = new Map([...LEARNED.entries()]);
    expect(withValues(two, "conv1.weight", back, LEARNED)).toEqual(NO_CHANGES);
  });

  test("channels are switched off and on", () => {
    const off = withSwitch(withSwitch(NO_CHANGES, "conv1", 4, true), "conv1", 2, true);
    expect(off.off).toEqual({ conv1: [2, 4] });
    expect(numChanges(off)).toBe(2);
    expect(withSwitch(withSwitch(off, "conv1", 2, false), "conv1", 4, false)).toEqual(NO_CHANGES);
  });

  test("a parameter is shown with its changed numbers", () => {
    expect([...changed(LEARNED, { 1: 2 })]).toEqual([LEARNED[0], 2, LEARNED[2], 4]);
    expect(LEARNED[1]).toBe(-0.25);
  });

  test("the same changes are read from their texts, to the last bit", () => {
    const values = Float32Array.of(Math.PI, -1e-30, 0, 16777217, 0.1 + 0.2);
    const changes: Changes = {
      values: { "conv1.bias": Object.fromEntries(values.entries()), "conv1.weight": { 2: -0.25 } },
      off: { conv1: [0, 5], "stage1.block2.conv": [15] },
    };
    expect(read(changes)).toEqual(changes);
    expect(textsOf(changes).off).toBe("conv1/0,5*stage1.block2.conv/15");
    expect(read(NO_CHANGES)).toEqual(NO_CHANGES);
  });

  test("numbers from the mouse have short texts", () => {
    const value = rounded(0.123456789);
    expect(textsOf({ values: { w: { 0: value } }, off: {} }).set).toBe("w/0,0.1235");
  });

  test("more numbers than an address holds have no text", () => {
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, k) => [k, 0.5]));
    expect(textsOf({ values: { "conv1.weight": many }, off: {} }).set).toBeNull();
    expect(MOST_TEXT).toBeLessThan(2000);
  });

  test.each([
    ["conv1/6", ""],
    ["conv1/-1", ""],
    ["conv1/1.5", ""],
    ["conv1/", ""],
    ["other/0", ""],
    ["__proto__/0", ""],
    ["", "conv1.weight/4,1"],
    ["", "conv1.weight/0"],
    ["", "conv1.weight/0,NaN"],
    ["", "conv1.weight/0,1e39"],
    ["", "none/0,1"],
    ["", "0,1"],
  ])("off=%s set=%s does not fit the network", (off, set) => {
    expect(changesOf({ off, set }, sizes)).toBeNull();
  });
});

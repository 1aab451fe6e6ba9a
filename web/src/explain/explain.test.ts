import { describe, expect, it } from "vitest";
import { affected, explain, fieldOf, followingOf, mapsBehind } from "$/explain/index";
import { brief, exact, powerOfTen, strongest } from "$/explain/formula";
import { exponentOf, narrow, narrowest } from "$/explain/view/parts";
import type { Step, Tensor } from "$/model/types";

function step(path: string, type: string, shape: number[], more: Partial<Step> = {}): Step {
  return {
    path,
    type,
    role: "activation",
    label: "",
    inputs: [""],
    settings: {},
    shape,
    parameters: {},
    macs: 0,
    num_parameters: 0,
    field: { rows: { size: 1, stride: 1, start: 0 }, cols: { size: 1, stride: 1, start: 0 } },
    ...more,
  };
}

const tensor = (shape: number[], data: number[]): Tensor => ({
  shape,
  data: Float32Array.from(data),
});

describe("numbers", () => {
  it.each([
    [0, "0"],
    [1, "1"],
    [-0.43217, "−0.432"],
    [12.345, "12.3"],
    [123.456, "123"],
    [2416, "2416"],
    [-0.00012345, "−1.23·10⁻⁴"],
    [1234567.8, "1.23·10⁶"],
    [Number.NaN, "NaN"],
    [Number.NEGATIVE_INFINITY, "−∞"],
  ])("writes %d with three digits: %s", (value, text) => expect(brief(value)).toBe(text));

  it.each([
    [-0.43217, "−.43", "−.43"],
    [-0.0123, "−.012", "−.01"],
    [0.002, "≈0", "≈0"],
    [99.7, "100", "100"],
    [3.14159, "3.1", "3.1"],
  ])("writes %d for narrow cells: %s, %s", (value, one, other) => {
    expect(narrow(value)).toBe(one);
    expect(narrowest(value)).toBe(other);
  });

  it("writes the digits of float32", () => expect(exact(Math.fround(0.1))).toBe("0.100000001"));
  it("writes powers of ten", () => expect(powerOfTen(-12)).toBe("10⁻¹²"));

  it.each([
    [0.3, 0],
    [0.02, -3],
    [0.00004, -6],
    [42, 0],
    [0, 0],
  ])("divides a panel of up to %d by ten to the power %d", (largest, exponent) =>
    expect(exponentOf(largest)).toBe(exponent),
  );

  it("keeps the strongest terms in their order", () => {
    const terms = [1, -5, 0, 3].map((product) => {
      return { input: 0, index: 0, value: product, weight: 1, product };
    });
    expect(strongest(terms, 2)).toEqual([1, 3]);
  });
});

describe("what cannot be explained", () => {
  const input = tensor([1, 1, 2], [3, -4]);

  it.each(["Unknown", "toString", "__proto__"])("says that there is no rule of %s", (type) => {
    expect(() => explain(step("odd", type, [1, 1, 2]), 0, [input], new Map())).toThrow(
      `There is no explanation of ${type} layers`,
    );
  });

  it("names a parameter that the export lacks", () => {
    const scale = step("scale", "LayerScale", [1, 1, 2]);
    expect(() => explain(scale, 0, [input], new Map())).toThrow("scale has no parameter weight");
  });

  it.each([-1, 2, 0.5])("names the units that there are, for %d", (index) => {
    expect(() => explain(step("relu", "ReLU", [1, 1, 2]), index, [input], new Map())).toThrow(
      "its units are 0 to 1",
    );
  });

  it("counts the inputs", () => {
    const sum = step("sum", "Residual", [1, 1, 2], { inputs: ["a", "b"] });
    expect(() => explain(sum, 0, [input], new Map())).toThrow(
      "sum reads 2 tensors, and 1 are here",
    );
  });
});

describe("around a step", () => {
  const steps = [
    step("conv", "Conv2d", [2, 3, 3], { role: "convolution" }),
    step("norm", "BatchNorm2d", [2, 3, 3], { inputs: ["conv"] }),
    step("relu", "ReLU", [2, 3, 3], { inputs: ["norm"] }),
    step("flat", "Flatten", [18], { inputs: ["relu"] }),
    step("drop", "Dropout", [18], { inputs: ["flat"] }),
    step("fc", "Linear", [4], { inputs: ["drop"] }),
  ];
  const paths = (path: string): string[] => followingOf(steps, path).map((one) => one.path);

  it("follows with what changes each number by itself", () => {
    expect(paths("conv")).toEqual(["norm", "relu"]);
    expect(paths("relu")).toEqual([]);
  });

  it("ends where two layers read", () => {
    const forked = [...steps, step("other", "ReLU", [2, 3, 3], { inputs: ["conv"] })];
    expect(followingOf(forked, "conv")).toEqual([]);
  });

  it("finds the maps behind a vector, of vectors alone", () => {
    expect(mapsBehind(steps, "drop")).toEqual([2, 3, 3]);
    expect(mapsBehind(steps, "fc")).toBeNull();
    expect(mapsBehind(steps, "relu")).toBeNull();
  });

  it("clips the receptive field to the image", () => {
    const wide = { size: 5, stride: 2, start: -2 };
    const conv = step("conv", "Conv2d", [1, 4, 4], { field: { rows: wide, cols: wide } });
    expect(fieldOf(conv, 0, [1, 8, 8])).toEqual({ rows: [0, 3], cols: [0, 3] });
    expect(fieldOf(conv, 15, [1, 8, 8])).toEqual({ rows: [4, 8], cols: [4, 8] });
  });

  it("has no users of a pixel that a stride leaves out", () => {
    const short = step("short", "ZeroPadShortcut", [1, 2, 2], { settings: { stride: 2 } });
    expect(affected(short, [[1, 4, 4]], 0, 1).cols).toEqual([]);
  });
});

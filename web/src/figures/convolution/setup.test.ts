import { describe, expect, it } from "vitest";
import { convolution, output } from "$/labs/convolution";
import { refused } from "$/figures/convolution/refused";
import { operandsOf, PRESETS, read, START, written } from "$/figures/convolution/setup";

describe("the address", () => {
  it.each(Object.entries(PRESETS))("keeps %s", (_, setup) => {
    const values = written(setup);
    const again = read((key) => values[key] ?? "");
    expect(again).toEqual(setup);
    expect(operandsOf(again)).toEqual(operandsOf(setup));
  });

  it("ignores what is no number within its limits", () => {
    const hostile: Readonly<Record<string, string>> = {
      size: "9999x5x-1",
      outputs: "1e9",
      kernel: "NaNx3",
      stride: "<img>",
      groups: "0",
      seed: "-5",
      x: "1,2,x",
      w: new Array(5000).fill("1").join(","),
    };
    expect(read((key) => hostile[key] ?? "")).toEqual(START);
  });
});

describe("values that do not fit", () => {
  it("are named, each once", () => {
    const hostile: Readonly<Record<string, string>> = {
      example: "constructor",
      size: "9999x5x5",
      outputs: "1e9",
      kernel: "NaNx3",
      stride: "<img>",
      operation: "max",
      x: "1,2,3",
      w: new Array(5000).fill("1").join(","),
    };
    const names = refused((key) => hostile[key] ?? "").map(({ key }) => key);
    expect(names.sort()).toEqual(Object.keys(hostile).sort());
  });

  it.each(Object.entries(PRESETS))("are none of %s", (_, setup) => {
    const values: Readonly<Record<string, string>> = written(setup);
    expect(refused((key) => values[key] ?? "")).toEqual([]);
  });

  it("are none where rows and columns are written out", () => {
    const values: Readonly<Record<string, string>> = {
      kernel: "3x3",
      size: "1x5x5",
      stride: "1x2",
    };
    expect(refused((key) => values[key] ?? "")).toEqual([]);
  });
});

describe("the presets", () => {
  it.each(Object.entries(PRESETS))("%s can be computed", (_, setup) => {
    const lab = convolution(operandsOf(setup), setup.settings);
    expect(output(lab).data.length).toBeGreaterThan(0);
  });

  it("have the results of the lecture", () => {
    const { lecture } = PRESETS;
    const lab = convolution(operandsOf(lecture), lecture.settings);
    expect(output(lab).data).toEqual([4, 3, 4, 2, 4, 3, 2, 3, 4]);
  });
});

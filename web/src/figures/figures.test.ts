import { describe, expect, test } from "vitest";
import { greyShare, pixelsOf } from "$/figures/first_kernels/draw";
import { halves } from "$/figures/first_kernels/records";
import { labelsOf, xOf, yOf } from "$/figures/history/places";
import { tableOf } from "$/figures/paper_table/cells";
import { choicesOf } from "$/figures/train/choices";

const SOURCES: Readonly<Record<string, string>> = import.meta.glob("./**/*.svelte", {
  query: "?raw",
  import: "default",
  eager: true,
});

test("a drawing that is hidden keeps its width: without room, bars would be narrower than 0", () => {
  expect(Object.keys(SOURCES).length).toBeGreaterThan(50);
  const keeps = (source: string): boolean =>
    !/let width = \$state\([1-9]/.test(source) || !source.includes("bind:clientWidth={width}");
  expect(Object.keys(SOURCES).filter((path) => !keeps(SOURCES[path] ?? ""))).toEqual([]);
});

const printed = (row: string, quantity: string, agrees: boolean) => ({
  ...{ table: "Table 1", row, quantity, printed: "1K", ours: "1K", why: "" },
  agrees,
});

test("cells of a paper's table have the same names in every language", () => {
  const english = tableOf([printed("inception (4c)", "weights", false)]);
  const chinese = tableOf([printed("inception (4c)", "权重", false)]);
  expect(english.cells[0]?.id).toBe("inception-4c/0");
  expect(chinese.cells[0]?.id).toBe("inception-4c/0");
});

describe("errors by year", () => {
  const frame = { width: 600, height: 300, years: [2010, 2017] as const, most: 30 };
  const point = (year: number, top5: number) => ({
    ...{ year, top5, name: "AlexNet", network: "alexnet", detail: "", source: "" },
    is_network: true,
  });

  test("later years are further right, smaller errors further down", () => {
    expect(xOf(frame, 2012)).toBeLessThan(xOf(frame, 2013));
    expect(yOf(frame, 15.3)).toBeLessThan(yOf(frame, 6.67));
  });

  test("names of points at one place do not cover each other", () => {
    const labels = labelsOf([point(2014, 7.3), point(2014, 6.67), point(2014, 7)], frame);
    expect(new Set(labels.map(({ anchor }) => anchor)).size).toBe(labels.length);
  });
});

describe("kernels", () => {
  test.each([
    [0x3c00, 1],
    [0xc000, -2],
    [0x0001, 2 ** -24],
    [0x3555, 0.333251953125],
  ])("float16 %i is %d", (bits, value) => {
    expect(halves(Uint8Array.of(bits & 255, bits >> 8))[0]).toBe(value);
  });

  test("0 is mid-grey, the largest weight white or black", () => {
    const kernels = { shape: [1, 3, 1, 2] as const, values: Float32Array.of(0, 1, 0, 1, 0, -1) };
    expect([...pixelsOf(kernels, 0)]).toEqual([128, 128, 128, 255, 255, 255, 0, 255]);
  });

  test("a kernel with equal channels is grey, one of opposite channels is not", () => {
    const shape = [2, 3, 1, 1] as const;
    const kernels = { shape, values: Float32Array.of(2, 2, 2, 1, -1, 0) };
    expect(greyShare(kernels, 0)).toBeCloseTo(1);
    expect(greyShare(kernels, 1)).toBeCloseTo(0);
  });
});

test("a figure's optimiser is that of the view, whatever its letters", () => {
  const choices = choicesOf(
    () => ({ network: "lenet5", optimiser: "sgd" }),
    () => {},
  );
  expect(choices.get("net")).toBe("lenet5");
  expect(choices.get("opt")).toBe("SGD,0.9,nesterov");
  expect(choices.get("seed")).toBe("");
});

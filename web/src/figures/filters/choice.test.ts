import { describe, expect, it } from "vitest";
import { FILTERS, type FilterName } from "$/filters/entries";
import { correlate, weighted } from "$/filters/linear";
import type { Image } from "$/filters/image";
import {
  choiceOf,
  commandOf,
  IDENTITY,
  kernelsOf,
  read,
  settingsOf,
  written,
  type Setup,
} from "$/figures/filters/choice";
import { apply } from "$/filters/entries";
import { reduced } from "$/figures/filters/photo";

const START = read(() => "");

describe("the address", () => {
  it.each(Object.keys(FILTERS))("keeps %s", (filter) => {
    const setup: Setup = { ...START, filter: filter as FilterName, border: "wrap" };
    const values = written(setup);
    expect(read((key) => values[key] ?? "")).toEqual(setup);
  });

  it("keeps a kernel", () => {
    const kernel = { rows: 3, cols: 1, values: [1, -2, 0.5], divisor: 4 };
    const setup: Setup = { ...START, filter: null, kernel, operation: "convolution" };
    const values = written(setup);
    expect(read((key) => values[key] ?? "")).toEqual(setup);
    expect(commandOf(setup)).toContain('--kernel "1/4; -2/4; 0.5/4" --operation convolution');
  });

  it("ignores what is no filter", () => {
    const hostile: Readonly<Record<string, string>> = {
      filter: "constructor",
      kernel: "1,2/3",
      size: "4",
      sigma: "1e9",
      border: "<b>",
      pepper: "2",
      divisor: "0",
    };
    const setup = read((key) => hostile[key] ?? "");
    expect(setup).toEqual({ ...START, kernel: IDENTITY });
  });
});

describe("the kernels of a filter", () => {
  const data = Uint8Array.from({ length: 63 }, (_, place) => (place * 37) % 256);
  const image: Image = { width: 9, height: 7, channels: 1, data };

  it.each(["mean", "gaussian", "log", "sharpen", "sobel_x"] as const)("%s is one", (filter) => {
    const setup: Setup = { ...START, filter };
    const result = apply(image, choiceOf(setup), "reflect");
    const [kernel] = kernelsOf(setup);
    if (!kernel) throw new Error("no kernel");
    const own =
      filter === "log"
        ? weighted(image, kernel, "reflect")
        : correlate(image, kernel, "reflect").data;
    own.forEach((value, place) => expect(value).toBeCloseTo(result.data[place] ?? NaN, 2));
  });

  it("of magnitudes are two, of medians none", () => {
    expect(kernelsOf({ ...START, filter: "scharr" })).toHaveLength(2);
    expect(kernelsOf({ ...START, filter: "median" })).toHaveLength(0);
    expect(settingsOf({ ...START, filter: "median" })).toEqual([["size", 3]]);
  });
});

it("large photos are reduced to means of blocks", () => {
  const picture = {
    width: 1000,
    height: 800,
    channels: 1 as const,
    data: new Uint8Array(800_000).map((_, place) => (place % 2 === 0 ? 100 : 50)),
  };
  const { width, height, data } = reduced(picture);
  expect([width, height]).toEqual([500, 400]);
  expect(new Set(data)).toEqual(new Set([75]));
});

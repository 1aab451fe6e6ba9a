import { describe, expect, test } from "vitest";
import { en } from "$/lang/en";
import { filled, number, percent } from "$/lang/index.svelte";
import { parts } from "$/lang/en";
import { zh } from "$/lang/zh";

const holes = (sentence: string): string[] => (sentence.match(/\{\w+\}/g) ?? []).sort();

describe("texts", () => {
  test("both languages have the same keys", () => {
    expect(Object.keys(zh).sort()).toEqual(Object.keys(en).sort());
  });

  test("no key is in two parts, and each begins with the name of its part", () => {
    const keys = Object.entries(parts).flatMap(([part, texts]) =>
      Object.keys(texts).map((key) => [part, key] as const),
    );
    expect(new Set(keys.map(([, key]) => key)).size).toBe(keys.length);
    expect(keys.filter(([part, key]) => !key.startsWith(`${part}.`))).toEqual([]);
  });

  test.each(Object.keys(en) as (keyof typeof en)[])("%s has the same values to fill in", (key) => {
    expect(holes(zh[key])).toEqual(holes(en[key]));
  });

  test.each(Object.keys(en) as (keyof typeof en)[])("%s is text in both languages", (key) => {
    expect(en[key].trim()).not.toBe("");
    expect(zh[key].trim()).not.toBe("");
  });
});

/** Words that docs/glossary.md has another one for. */
const OTHER_WORDS = ["工作室", "模型库", "工作文件夹", "空洞"];

test.each(OTHER_WORDS)("the Chinese texts have no %s", (word) => {
  const texts = Object.entries(zh).filter(([, text]) => text.includes(word));
  expect(texts.map(([key]) => key)).toEqual([]);
});

/** Plurals of counts that are never 1, and words with an s that count nothing. */
const NO_PLURALS = [
  ...["is", "has", "was", "as", "this", "times", "does", "holds", "needs"],
  ...["reaches", "reads", "uses", "gives", "degrees", "ms"],
];
/** Keys whose count is never 1, with the reason. */
const NEVER_ONE: Readonly<Record<string, string>> = {
  "basics.laplacian.count": "4 or 8 neighbours",
  "basics.pixels.photo": "three numbers for each pixel",
  "labs.window": "a window that does not fit spans at least two positions",
  "labs.nothing": "an output that does not exist has no position",
  "labs.groups": "one group divides everything",
  "labs.tooMany": "more than the limit",
  "basics.mlp.squares": "two numbers, and their sum is never 1",
  "explain.noRule": "a name, not a count",
  "nets.projections.how": "hundreds of photos",
  "controls.numbers": "a range",
  "nets.projections.field": "layers of SqueezeNet have at least 64 channels",
  "nets.kernels.about.trained": "thousands of steps",
  "nets.train.data": "thousands of digits and parameters",
  "course.progress": "the course has 20 chapters",
};
const FIGURES = ["basics", "controls", "convolution", "course", "explain", "filters", "labs"];

/** Words of a text that follow a bare value and have a plural's s: "{count} input windows". */
function barePlurals(sentence: string): string[] {
  return [
    ...sentence.matchAll(/(?<!× )\{\w+\} (?:(?:input|output|other|more|different) )?([a-z]+s)\b/g),
  ]
    .map(([, word]) => word ?? "")
    .filter((word) => !NO_PLURALS.includes(word));
}

describe("singular and plural", () => {
  test.each([
    [1, "1 window reads x"],
    ["1", "1 window reads x"],
    [2, "2 windows read x"],
    [0, "0 windows read x"],
    [21, "21 windows read x"],
  ])("%s", (count, expected) => {
    expect(filled("{count} {count|window reads|windows read} x", { count })).toBe(expected);
  });

  const figures = Object.entries(parts)
    .filter(([part]) => [...FIGURES, "labsB", "nets", "train"].includes(part))
    .flatMap(([, texts]) => Object.entries(texts) as [string, string][]);

  test("texts of figures have a singular for a count of 1", () => {
    const faults = figures.filter(([key, text]) => !(key in NEVER_ONE) && barePlurals(text).length);
    expect(faults).toEqual([]);
  });

  test("a text chooses by a value that it shows", () => {
    const faults = Object.entries(en).filter(([, text]) =>
      [...text.matchAll(/\{(\w+)\|/g)].some(([, name]) => !holes(text).includes(`{${name ?? ""}}`)),
    );
    expect(faults).toEqual([]);
  });

  test("a bare plural does not pass", () => {
    expect(barePlurals("{count} windows read this")).toEqual(["windows"]);
    expect(barePlurals("Input x{unit} reaches {count} outputs.")).toEqual(["outputs"]);
  });
});

describe("numbers", () => {
  test.each([
    [0, "0"],
    [-4.78249, "−4.782"],
    [117600, "117,600"],
    [0.00001234, "1.234e−5"],
    [NaN, "NaN"],
  ])("%d is written %s", (value, expected) => {
    expect(number(value, value > 1000 ? 9 : 4)).toBe(expected);
  });

  test("a share is written in percent", () => {
    expect(percent(0.9834)).toBe("98.3 %");
    expect(percent(1, 0)).toBe("100 %");
  });
});

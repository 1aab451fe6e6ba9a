import { describe, expect, test } from "vitest";
import { en } from "$/lang/en";
import { number, percent } from "$/lang/index.svelte";
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
const OTHER_WORDS = ["工作室", "模型库", "工作文件夹", "膨胀率"];

test.each(OTHER_WORDS)("the Chinese texts have no %s", (word) => {
  const texts = Object.entries(zh).filter(([, text]) => text.includes(word));
  expect(texts.map(([key]) => key)).toEqual([]);
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

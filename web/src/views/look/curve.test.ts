import { expect, test } from "vitest";
import { strengths, strongest } from "$/views/look/curve";
import { KINDS, RANGES } from "$/views/look/disturb";

test.each(KINDS)("the strengths of %s reach both ends and hold 0", (kind) => {
  const places = strengths(kind);
  expect(places[0]).toBe(RANGES[kind].low);
  expect(places.at(-1)).toBe(RANGES[kind].high);
  expect(places.some((place) => place === 0)).toBe(true);
});

test("classes that are probable somewhere are drawn, the strongest first", () => {
  const rows = [Float32Array.of(0.9, 0.05, 0.03, 0.02), Float32Array.of(0.1, 0.02, 0.85, 0.03)];
  expect(strongest(rows)).toEqual([0, 2, 1]);
});

test("one class is drawn even if all are improbable", () => {
  expect(strongest([new Float32Array(1000).fill(0.001)])).toHaveLength(1);
});

import { expect, test } from "vitest";
import { ownScaleOf, scaleOf } from "$/payload/activations";

test("numbers of both signs get a scale around 0, others one from 0", () => {
  expect(scaleOf([-1, 0.5])).toEqual({ colours: "blue-white-red", low: -1, high: 1 });
  expect(scaleOf([0, 3])).toEqual({ colours: "viridis", low: 0, high: 3 });
});

test("few strong numbers do not make the others pale", () => {
  const values = Array.from({ length: 1000 }, (_, k) => k / 1000);
  values[17] = 500;
  const { high } = scaleOf(values);
  expect(high).toBeGreaterThan(0.98);
  expect(high).toBeLessThan(1);
});

test("numbers that are nearly all 0 keep their strongest", () => {
  const values = new Float32Array(10_000);
  values[4321] = 7;
  expect(scaleOf(values).high).toBe(7);
});

test("zeros alone have a scale", () => {
  expect(scaleOf(new Float32Array(9)).high).toBe(1);
  expect(ownScaleOf(new Float32Array(9), false).high).toBe(1);
});

test("a map alone is scaled by its strongest number, in the colours of its layer", () => {
  expect(ownScaleOf([0, 2], true)).toEqual({ colours: "blue-white-red", low: -2, high: 2 });
});

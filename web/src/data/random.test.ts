import { expect, test } from "vitest";
import { seeded, shuffled } from "$/data/random";

test("one seed gives one order, and another seed another order", () => {
  const first = shuffled(1000, seeded(3));
  expect(shuffled(1000, seeded(3))).toEqual(first);
  expect(shuffled(1000, seeded(4))).not.toEqual(first);
  expect([...first].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
});

test("numbers are in [0, 1) and spread evenly", () => {
  const random = seeded(0);
  const numbers = Array.from({ length: 20_000 }, random);
  expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...numbers)).toBeLessThan(1);
  const tenths = Array.from(
    { length: 10 },
    (_, tenth) => numbers.filter((number) => Math.floor(10 * number) === tenth).length,
  );
  // five standard deviations of a count of 2,000
  expect(Math.max(...tenths.map((count) => Math.abs(count - 2000)))).toBeLessThan(5 * 42.5);
});

import { describe, expect, test } from "vitest";
import { lossAxes, logTicks, shareAxes, ticks } from "./plot";
import { Series, smoothed } from "./series";

describe("a curve in constant memory", () => {
  test("few points are kept as they are", () => {
    const series = new Series();
    for (let step = 1; step <= 500; step++) series.add(step, 1 / step);
    expect(series.length).toBe(500);
    expect(series.x(499)).toBe(500);
    expect(series.y(1)).toBe(0.5);
  });

  test.each([1023, 1024, 10_000, 123_457])("of %i points every bucket is a mean", (count) => {
    const series = new Series();
    for (let step = 1; step <= count; step++) series.add(step, 3 * step);
    expect(series.length).toBeLessThanOrEqual(1024);
    expect(series.length).toBeGreaterThanOrEqual(Math.min(count, 512));
    const xs = Array.from({ length: series.length }, (_, index) => series.x(index));
    expect(xs.every((x, index) => index === 0 || x > (xs[index - 1] ?? x))).toBe(true);
    // of a straight line every mean is on the line
    expect(xs.every((x, index) => Math.abs(series.y(index) - 3 * x) < 1e-6 * count)).toBe(true);
    expect(series.last).toEqual({ x: count, y: 3 * count });
  });

  test("numbers that are not finite are left out", () => {
    const series = new Series();
    series.add(1, NaN);
    series.add(2, Infinity);
    expect([series.length, series.last]).toEqual([0, null]);
  });

  test("a smoothed constant is that constant from the first point on", () => {
    const series = new Series();
    for (let step = 1; step <= 50; step++) series.add(step, 2.3);
    expect([...smoothed(series, 0.92)].every((value) => Math.abs(value - 2.3) < 1e-12)).toBe(true);
  });
});

describe("axes", () => {
  test("ticks are round and inside", () => {
    expect(ticks(0, 10_000, 5)).toEqual([0, 2000, 4000, 6000, 8000, 10_000]);
    expect(ticks(0, 1, 5).map((tick) => Number(tick.toFixed(9)))).toEqual([
      0, 0.2, 0.4, 0.6, 0.8, 1,
    ]);
    expect(ticks(0, 0, 5)).toEqual([]);
    expect(logTicks(0.01, 3)).toEqual([0.01, 0.1, 1]);
  });

  test("without points there is still an axis", () => {
    expect(lossAxes([], 1, Math.log(10)).low).toBeGreaterThan(0);
    expect(shareAxes([], 1)).toEqual({ low: 0, high: 1, end: 1, log: false });
  });
});

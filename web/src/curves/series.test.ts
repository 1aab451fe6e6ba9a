import { describe, expect, test } from "vitest";
import { lossAxes, logTicks, shareAxes, ticks } from "./axes";
import { Growing, nearest, paired, smoothed, thinned, visible } from "./points";
import { Series } from "./series";
import { dragged, keyed } from "./zoom";

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
  const whole = { start: 0, end: 1, zoomed: false };
  const options = { log: true, smoothing: 0.9, guessing: Math.log(10) };

  test("ticks are round and inside", () => {
    expect(ticks(0, 10_000, 5)).toEqual([0, 2000, 4000, 6000, 8000, 10_000]);
    expect(ticks(0, 1, 5).map((tick) => Number(tick.toFixed(9)))).toEqual([
      0, 0.2, 0.4, 0.6, 0.8, 1,
    ]);
    expect(ticks(0, 0, 5)).toEqual([]);
    expect(logTicks(0.01, 3)).toEqual([0.01, 0.1, 1]);
  });

  test("a loss that is high at first is cut off, one that is high at last is shown", () => {
    const points = (values: number[]) => [
      { series: paired(column([1, 2]), column(values)), noisy: false },
    ];
    expect(lossAxes(points([900, 2]), whole, options).high).toBeCloseTo(1.6 * Math.log(10), 9);
    expect(lossAxes(points([2, 900]), whole, options).high).toBeCloseTo(1080, 9);
  });

  test("without points there is still an axis", () => {
    expect(lossAxes([], whole, options).low).toBeGreaterThan(0);
    expect(shareAxes([], whole)).toEqual({ low: 0, high: 1, start: 0, end: 1, log: false });
  });
});

function column(values: readonly number[]): Growing {
  const growing = new Growing();
  for (const value of values) growing.add(value);
  return growing;
}

describe("columns that grow", () => {
  test("they keep every number, and forget those that are cut", () => {
    const steps = column(Array.from({ length: 10_000 }, (_, i) => 20 * i));
    expect([steps.length, steps.at(9999), steps.placeOf(41)]).toEqual([10_000, 199_980, 3]);
    steps.cut(2);
    steps.add(7);
    expect([steps.length, steps.at(2), steps.at(3)]).toEqual([3, 7, NaN]);
  });

  test("a window has one point more at each side", () => {
    const points = paired(column([0, 10, 20, 30, 40]), column([1, 2, 3, 4, 5]));
    expect(visible(points, 15, 25)).toEqual([1, 4]);
    expect(visible(points, -5, 100)).toEqual([0, 5]);
    expect(nearest(points, 26)).toBe(3);
    expect(nearest(points, -9)).toBe(0);
    expect(nearest(paired(column([]), column([])), 1)).toBe(-1);
  });

  test("gaps are neither read nor the last point", () => {
    const points = paired(column([0, 1, 2]), column([5, 6, NaN]));
    expect(points.last).toEqual({ x: 1, y: 6 });
    expect([...smoothed(points, 0.5)][2]).toBeCloseTo([...smoothed(points, 0.5)][1] ?? 0, 12);
  });

  test("thinning keeps the extremes of every stretch, in order", () => {
    const y = (i: number): number => (i === 500 ? 99 : i === 501 ? -99 : Math.sin(i));
    const places = thinned(y, [0, 10_000], 400);
    expect(places.length).toBeLessThanOrEqual(400);
    expect(places).toContain(500);
    expect(places).toContain(501);
    expect(places.every((place, i) => i === 0 || place > (places[i - 1] ?? place))).toBe(true);
    expect(thinned(y, [3, 7], 400)).toEqual([3, 4, 5, 6]);
  });
});

describe("zoom", () => {
  const frame = {
    ...{ width: 170, height: 100 },
    axes: { low: 0, high: 1, start: 0, end: 100, log: false },
  };
  test("a drag chooses a part, whatever its direction; a click does not", () => {
    expect(dragged(frame, { from: 100, to: 75 })).toEqual([25, 50]);
    expect(dragged(frame, { from: 0, to: 75 })).toEqual([0, 25]);
    expect(dragged(frame, { from: 70, to: 72 })).toBeNull();
  });
  test("keys read, zoom, pan and show all", () => {
    const start = { zoom: null, cursor: 50 };
    expect(keyed("ArrowRight", false, frame, start)?.cursor).toBe(58);
    expect(keyed("+", false, frame, start)?.zoom).toEqual([20, 80]);
    expect(keyed("ArrowLeft", true, frame, { zoom: [0, 100], cursor: 1 })?.zoom).toEqual([0, 100]);
    expect(keyed("ArrowRight", true, frame, { zoom: [0, 100], cursor: 1 })?.zoom).toEqual([
      25, 125,
    ]);
    expect(keyed("0", false, frame, { zoom: [1, 2], cursor: 1 })?.zoom).toBeNull();
    expect(keyed("a", false, frame, start)).toBeNull();
  });
});

import { describe, expect, test } from "vitest";
import type { Dimension, Trial } from "../records";
import { ACCURACY, accuracyAxis, axisOf, brushOf, kept, rankCorrelation } from "./parallel";

const trial = (number: number, values: Record<string, string>, accuracy: number | null): Trial => ({
  number,
  state: "done",
  accuracy,
  loss: null,
  values,
  message: "",
  run: null,
});
const LR: Dimension = { name: "lr", low: 1e-4, high: 1e-1, log: true, values: [] };
const SIZE: Dimension = {
  name: "batch",
  low: null,
  high: null,
  log: false,
  values: ["8", "16", "32"],
};
const TRIALS = [
  trial(0, { lr: "0.0001", batch: "8" }, 0.5),
  trial(1, { lr: "0.01", batch: "32" }, 0.9),
  trial(2, { lr: "0.1" }, null),
  trial(3, { lr: "0.001", batch: "16.0" }, 0.7),
  trial(4, { lr: "0.003", batch: "x" }, 0.8),
];

describe("axes", () => {
  test("a logarithmic range has equal factors at equal distances", () => {
    const axis = axisOf(LR, TRIALS);
    const places = TRIALS.map((one) => axis.placeOf(one));
    expect(places[0]).toBeCloseTo(0);
    expect(places[1]).toBeCloseTo(2 / 3);
    expect(places[2]).toBeCloseTo(1);
    expect(places[3]).toBeCloseTo(1 / 3);
    expect(axis.ticks.map(({ text }) => text)).toEqual(["0.0001", "0.00316", "0.1"]);
  });

  test("values of a list have places of their own; others have none", () => {
    const axis = axisOf(SIZE, TRIALS);
    expect(TRIALS.map((one) => axis.placeOf(one))).toEqual([0, 1, null, 0.5, null]);
  });

  test("without a range or a list, the values that occur are the axis", () => {
    const axis = axisOf({ name: "batch", low: null, high: null, log: false, values: [] }, TRIALS);
    expect(axis.ticks.map(({ text }) => text)).toEqual(["8", "32", "16.0", "x"]);
  });

  test("the accuracy reaches from the least to the largest", () => {
    const axis = accuracyAxis(TRIALS, "accuracy", String);
    expect(TRIALS.map((one) => axis.placeOf(one))).toEqual([
      0,
      1,
      null,
      expect.closeTo(0.5),
      expect.closeTo(0.75),
    ]);
    expect(accuracyAxis([], "", String).ticks).toHaveLength(3);
    expect(accuracyAxis([trial(0, {}, 1)], "", String).placeOf(trial(0, {}, 1))).toBeCloseTo(0.5);
  });
});

describe("brushes", () => {
  const axes = [axisOf(LR, TRIALS), axisOf(SIZE, TRIALS), accuracyAxis(TRIALS, "", String)];
  const numbers = (brushes: Record<string, readonly [number, number]>): number[] =>
    kept(TRIALS, axes, brushes).map(({ number }) => number);

  test("combine, and leave out trials without a value", () => {
    expect(numbers({})).toEqual([0, 1, 2, 3, 4]);
    expect(numbers({ lr: [0, 0.5] })).toEqual([0, 3, 4]);
    expect(numbers({ lr: [0, 0.5], batch: [0.5, 1] })).toEqual([3]);
    expect(numbers({ [ACCURACY]: [0, 1] })).toEqual([0, 1, 3, 4]);
    expect(numbers({ nothing: [0, 0] })).toEqual([0, 1, 2, 3, 4]);
  });

  test("are in order and inside the axis; a click is none", () => {
    expect(brushOf(1.4, 0.25)).toEqual([0.25, 1]);
    expect(brushOf(0.5, 0.5)).toBeNull();
    expect(brushOf(0.98, 0.5)).toEqual([0.5, 1]);
    expect(brushOf(0.02, 0.4)).toEqual([0, 0.4]);
  });
});

describe("rank correlation", () => {
  const rising = [1, 2, 3, 4, 5].map((n) => trial(n, { lr: String(n / 100) }, n * n));
  const linear: Dimension = { name: "lr", low: 0, high: 0.1, log: false, values: [] };

  test("is 1 for any rise, -1 for any fall, and none for few trials", () => {
    expect(rankCorrelation(rising, axisOf(linear, rising))).toBeCloseTo(1);
    const falling = rising.map((one) => ({ ...one, accuracy: -(one.accuracy ?? 0) }));
    expect(rankCorrelation(falling, axisOf(linear, falling))).toBeCloseTo(-1);
    expect(rankCorrelation(rising.slice(0, 3), axisOf(linear, rising))).toBeNull();
  });

  test("with ties, as by hand", () => {
    // ranks of x: 1.5, 1.5, 3, 4; of y: 1, 2, 3.5, 3.5
    const some = [
      trial(0, { lr: "0.01" }, 0.1),
      trial(1, { lr: "0.01" }, 0.2),
      trial(2, { lr: "0.02" }, 0.3),
      trial(3, { lr: "0.03" }, 0.3),
    ];
    expect(rankCorrelation(some, axisOf(linear, some))).toBeCloseTo(4 / Math.sqrt(4.5 * 4.5));
  });

  test("a setting that never changes has none", () => {
    const same = rising.map((one) => ({ ...one, values: { lr: "0.05" } }));
    expect(rankCorrelation(same, axisOf(linear, same))).toBeNull();
  });
});

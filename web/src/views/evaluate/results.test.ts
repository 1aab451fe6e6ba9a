import { describe, expect, test } from "vitest";
import {
  calibration,
  cellOf,
  classFigures,
  confusion,
  csvOf,
  sorted,
} from "$/views/evaluate/results";
import { resultsOf } from "$/views/evaluate/tests";

const results = resultsOf([
  [0, 0, 0.9, 0.9, 0, 0],
  [0, 1, 0.8, 0.1, 1, 0],
  [1, 1, 0.6, 0.6, 1, 1],
  [1, 0, 0.99, 0.005, 0, 1],
  [0, 0, 0.5, 0.5, 5, 5],
]);
const all = [0, 1, 2, 3, 4];

describe("figures of an evaluation", () => {
  test("confusion matrix and figures of classes", () => {
    const counts = confusion(results, all);
    expect([...counts]).toEqual([2, 1, 0, 1, 1, 0, 0, 0, 0]);
    expect(classFigures(counts, 3)).toEqual([
      { label: 0, support: 3, predicted: 3, precision: 2 / 3, recall: 2 / 3, f1: 2 / 3 },
      { label: 1, support: 2, predicted: 2, precision: 0.5, recall: 0.5, f1: 0.5 },
      { label: 2, support: 0, predicted: 0, precision: null, recall: null, f1: null },
    ]);
  });

  test("calibration error by its formula", () => {
    // every image is alone in its bin
    const gaps = [1 - 0.9, 0.8, 1 - 0.6, 0.99, 1 - 0.5];
    const expected = gaps.reduce((sum, gap) => sum + gap, 0) / 5;
    const { bins, error } = calibration(results, all);
    expect(error).toBeCloseTo(expected, 12);
    expect(bins).toHaveLength(15);
    expect(bins[8]).toMatchObject({ num: 1, accuracy: 1, confidence: 0.6 }); // (8/15, 9/15]
    expect(bins[14]).toMatchObject({ num: 1, accuracy: 0 });
    expect(calibration(results, []).error).toBe(0);
  });

  test("orders", () => {
    expect(sorted(results, all, "worst")).toEqual([3, 1, 4, 2, 0]);
    expect(sorted(results, all, "loss")).toEqual([3, 1, 4, 2, 0]);
    expect(sorted(results, all, "uncertain")).toEqual([4, 2, 1, 0, 3]);
    expect(sorted(results, [4, 0], "stored")).toEqual([4, 0]);
  });

  test("CSV: quoted, and no formulas", () => {
    expect(cellOf('a"b,c')).toBe('"a""b,c"');
    expect(cellOf("=1+1")).toBe("'=1+1");
    expect(cellOf("-0.5")).toBe("-0.5");
    const lines = csvOf(results, [1], "mnist").split("\r\n");
    expect(lines[1]).toBe("mnist,test,1,a,b,0.800000,0.100000,2.30259,false");
  });
});

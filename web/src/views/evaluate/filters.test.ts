import { describe, expect, test } from "vitest";
import { parsed, written } from "$/views/address.svelte";
import {
  filtered,
  fromAddress,
  NO_FILTERS,
  numbersIn,
  toAddress,
  type Filters,
} from "$/views/evaluate/filters";
import { resultsOf } from "$/views/evaluate/tests";

const results = resultsOf([
  // label, predicted, confidence, truth, x, y
  [0, 0, 0.9, 0.9, 0, 0],
  [0, 1, 0.8, 0.1, 1, 0],
  [1, 1, 0.6, 0.6, 1, 1],
  [1, 0, 0.99, 0.005, 0, 1],
  [2, 2, 0.5, 0.5, 5, 5],
]);

const rows: readonly (readonly [Partial<Filters>, readonly number[]])[] = [
  [{}, [0, 1, 2, 3, 4]],
  [{ label: 0 }, [0, 1]],
  [{ predicted: 0 }, [0, 3]],
  [{ label: 0, predicted: 1 }, [1]],
  [{ outcome: "wrong" }, [1, 3]],
  [{ outcome: "right", label: 1 }, [2]],
  [{ confidence: [0.6, 0.8] }, [1, 2]],
  [{ loss: [2, 10] }, [1, 3]],
  [{ region: [-0.5, -0.5, 1.5, -0.5, 1.5, 0.5, -0.5, 0.5] }, [0, 1]],
  [{ images: [4, 2] }, [2, 4]],
  [{ region: [-0.5, -0.5, 1.5, -0.5, 1.5, 0.5, -0.5, 0.5], outcome: "right" }, [0]],
  [{ label: 2, outcome: "wrong" }, []],
];

describe("filters", () => {
  test.each(rows)("%j leaves %j", (filters, images) => {
    expect(filtered(results, { ...NO_FILTERS, ...filters })).toEqual(images);
  });

  test.each(rows)("%j survives the address", (filters) => {
    const all = { ...NO_FILTERS, ...filters };
    const hash = written(toAddress(all));
    const values = parsed(`#${hash}`);
    const back = fromAddress((key) => values[key] ?? "", 3, 5);
    expect(filtered(results, back)).toEqual(filtered(results, all));
  });

  test("what does not fit is left out", () => {
    const values: Record<string, string> = {
      true: "7",
      predicted: "x",
      outcome: "<b>",
      confidence: "0.9~0.1",
      loss: "a~b",
      region: "1 2 3",
      images: "1;2",
      versus: "all",
    };
    expect(fromAddress((key) => values[key] ?? "", 3, 5)).toEqual(NO_FILTERS);
  });

  test("numbers in a text end where the images do", () => {
    expect(numbersIn("0-2,4,3-999999999", 6)).toEqual([0, 1, 2, 4, 3, 4, 5]);
    expect(numbersIn("", 6)).toBeNull();
  });

  test("two models", () => {
    const second = resultsOf([
      [0, 1, 0.9, 0.1, 0, 0],
      [0, 0, 0.8, 0.8, 1, 0],
      [1, 1, 0.6, 0.6, 1, 1],
      [1, 2, 0.99, 0.005, 0, 1],
      [2, 2, 0.5, 0.5, 5, 5],
    ]);
    const at = (versus: Filters["versus"]): number[] =>
      filtered(results, { ...NO_FILTERS, versus }, second);
    expect(at("differ")).toEqual([0, 1, 3]);
    expect(at("first")).toEqual([0]);
    expect(at("second")).toEqual([1]);
    expect(at("neither")).toEqual([3]);
  });
});

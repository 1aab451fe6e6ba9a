import { expect, it } from "vitest";
import { parsedNumber } from "$/labs/view/number";

it.each([
  ["2", 2],
  [" -0.5 ", -0.5],
  ["−3", -3],
  ["1/4", 0.25],
  ["0,5", 0.5],
  ["", null],
  ["x", null],
  ["1/0", null],
  ["1/2/3", null],
  ["1e99", null],
])("%s", (text, value) => expect(parsedNumber(text)).toBe(value));

it("reads every text of a list", () =>
  expect(["1", "2", "3"].map(parsedNumber)).toEqual([1, 2, 3]));

import { expect, it } from "vitest";
import { typedNumber } from "$/course/typed";

it.each([
  ["36,000,000", 36e6],
  ["36 000 000", 36e6],
  ["36000000", 36e6],
  ["3600万", 36e6],
  ["３，６００ 万", 36e6],
  ["0.36亿", 36e6],
  ["36 million", 36e6],
  ["1,234", 1234],
  ["2,30", 2.3],
  ["2.303", 2.303],
  ["−0.1", -0.1],
  ["1/9", 1 / 9],
  ["万", null],
  ["", null],
  ["many", null],
])("%s", (text, value) => expect(typedNumber(text)).toBe(value));

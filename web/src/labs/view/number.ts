/** Numbers that users type and read: parsing, and colours that leave digits legible. */

import { around } from "$/payload/paint";
import type { Scale } from "$/payload/types";

const LARGEST = 1e6;
const PALE = 1.9;

/** Return the number of a text, as 2, -0.5, −0.5 or 1/9; null for any other text. */
export function parsedNumber(text: string): number | null {
  // no second parameter: lists are mapped with this function, and would pass the index
  return numberWithin(text, LARGEST);
}

/** Return the number of a text as `parsedNumber`, up to any size. */
export function numberWithin(text: string, most: number): number | null {
  const [above = "", below = "1", ...rest] = text
    .trim()
    .replace(/−/g, "-")
    .replace(",", ".")
    .split("/");
  if (above.trim() === "" || below.trim() === "" || rest.length > 0) return null;
  const value = Number(above) / Number(below);
  return Number.isFinite(value) && Math.abs(value) <= most ? value : null;
}

/** Return a blue-white-red scale that stays pale, since the numbers are written on it. */
export function pale(values: ArrayLike<number>): Scale {
  const { low, high, ...rest } = around(values);
  return { ...rest, low: PALE * low, high: PALE * high };
}

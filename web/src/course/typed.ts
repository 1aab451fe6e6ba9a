/** Numbers that a reader types as an answer: 36,000,000, 36 000 000, ３６００万 or 36 million. */

import { numberWithin } from "$/labs/view/number";

const LARGEST = 1e15;
const UNITS: Readonly<Record<string, number>> = { 万: 1e4, 亿: 1e8, million: 1e6, billion: 1e9 };

/** Return the number of an answer; null for any other text. */
export function typedNumber(text: string): number | null {
  const plain = text
    .normalize("NFKC")
    .replace(/\s/g, "")
    .toLowerCase()
    .replace(/,(?=\d{3}(\D|$))/g, "");
  const unit = Object.keys(UNITS).find((one) => plain.endsWith(one));
  const value = numberWithin(unit ? plain.slice(0, -unit.length) : plain, LARGEST);
  return value === null ? null : value * (unit ? (UNITS[unit] ?? 1) : 1);
}

/** Numbers as text, and formulas with numbers filled in. */

import type { Term } from "$/explain/types";

const MOST_TERMS = 6;

/** Return a number with three significant digits, and a real minus sign. */
export function brief(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  if (value === 0) return "0";
  const size = Math.abs(value);
  const plain = size >= 1e-3 && size < 1e5;
  const text = plain ? trimmed(value, size) : scientific(value);
  return text.replace(/^-/, "−");
}

function trimmed(value: number, size: number): string {
  if (Number.isInteger(value)) return String(value);
  return size >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function scientific(value: number): string {
  const [digits = "0", exponent = "0"] = value.toExponential(2).split("e");
  return `${digits}·${powerOfTen(Number(exponent))}`;
}

/** Return a power of ten, as 10⁻³. */
export function powerOfTen(exponent: number): string {
  return `10${[...String(exponent)].map((c) => SUPERSCRIPT[c] ?? c).join("")}`;
}

const SUPERSCRIPT: Readonly<Record<string, string>> = {
  "-": "⁻",
  "0": "⁰",
  "1": "¹",
  "2": "²",
  "3": "³",
  "4": "⁴",
  "5": "⁵",
  "6": "⁶",
  "7": "⁷",
  "8": "⁸",
  "9": "⁹",
};

/** Return a number with the digits that float32 holds. */
export function exact(value: number): string {
  return String(Number(value.toPrecision(9))).replace(/^-/, "−");
}

/** Return a number in a product or a sum: in brackets if it is negative. */
export function factor(value: number): string {
  const text = brief(value);
  return text.startsWith("−") ? `(${text})` : text;
}

/** Return `0.5 × 2 + ... + 0.1`, of many terms the strongest. */
export function productsText(terms: readonly Term[], bias: number | null): string {
  const shown = strongest(terms, MOST_TERMS).map((n) => terms[n]);
  const products = shown.map((term) =>
    term === undefined ? "" : `${factor(term.value)} × ${factor(term.weight)}`,
  );
  if (terms.length > MOST_TERMS) products.push("…");
  if (bias !== null) products.push(factor(bias));
  return products.length > 0 ? products.join(" + ") : "0";
}

/** Return the places of the terms with the largest contributions, in their own order. */
export function strongest(terms: readonly Term[], count: number): number[] {
  const places = terms.map((_, place) => place);
  if (places.length <= count) return places;
  const size = (place: number): number => Math.abs(terms[place]?.product ?? 0);
  return places
    .sort((a, b) => size(b) - size(a) || a - b)
    .slice(0, count)
    .sort((a, b) => a - b);
}

/** The language of the page: texts by key, with values filled in. */

import { en } from "$/lang/en";
import { zh } from "$/lang/zh";

export type Key = keyof typeof en;
export type Texts = Readonly<Record<Key, string>>;
export type Language = "en" | "zh";

const TEXTS: Readonly<Record<Language, Texts>> = { en, zh };

class Choice {
  language = $state<Language>("en");
}

export const choice = new Choice();

/**
 * Return the text of a key in the language in use, with {names} replaced by values.
 * `{count} {count|step|steps}` takes the first word where the value is 1: "1 step", "2 steps".
 */
export function text(key: Key, values: Readonly<Record<string, string | number>> = {}): string {
  return filled(TEXTS[choice.language][key], values);
}

const HOLE = /\{(\w+)(?:\|([^|{}]*)\|([^|{}]*))?\}/g;

/** Return a sentence with its values filled in, and singular or plural chosen by them. */
export function filled(
  sentence: string,
  values: Readonly<Record<string, string | number>>,
): string {
  return sentence.replace(HOLE, (hole, name: string, one?: string, more?: string) => {
    if (!(name in values)) return hole;
    const value = String(values[name]);
    if (one === undefined || more === undefined) return value;
    return value === "1" ? one : more;
  });
}

const writers = new Map<string, Intl.NumberFormat>();

/** A writer of numbers is slow to make, and live figures need many: each is kept. */
function writer(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `${choice.language} ${JSON.stringify(options)}`;
  const known = writers.get(key) ?? new Intl.NumberFormat(choice.language, options);
  writers.set(key, known);
  return known;
}

/** Return a number as the language writes it: at most `digits` significant ones, 1,000 with a comma. */
export function number(value: number, digits = 4): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  const text =
    size !== 0 && (size < 1e-4 || size >= 1e15)
      ? value.toExponential(digits - 1)
      : writer({ maximumSignificantDigits: digits }).format(value);
  return text.replaceAll("-", "−");
}

/** Return a share of 1 as a percentage, as 98.3 %. */
export function percent(share: number, digits = 1): string {
  const places = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  const value = writer(places).format(100 * share);
  return choice.language === "zh" ? `${value}%` : `${value} %`;
}

/** Text that was typed into a field as a value, and back. */

import type { Bounds, Field, NumberField } from "$/form/schema";
import type { Key } from "$/lang/index.svelte";

/** What is wrong with a value: a text of the page, with values filled in. */
export interface Problem {
  readonly key: Key;
  readonly values: Readonly<Record<string, string | number>>;
}

export type Read = { readonly value: unknown } | { readonly problem: Problem };

/** Fields that a single line of text holds. */
export type LineField = Extract<Field, { kind: "whole" | "number" | "text" | "size" | "tuple" }>;

const FEW = 1e6; // bounds beyond it say nothing to a reader

function problem(key: Key, values: Problem["values"] = {}): { readonly problem: Problem } {
  return { problem: { key, values } };
}

/** Return the value of a typed text, or what it should be. */
export function readLine(field: LineField, typed: string): Read {
  const text = typed.trim();
  switch (field.kind) {
    case "whole":
    case "number":
      return readNumber(field, text);
    case "text":
      if (typed.length < field.least) return problem("form.tooShort", { least: field.least });
      if (typed.length > field.most) return problem("form.tooLong", { most: field.most });
      return { value: typed };
    case "size": {
      if (field.words.includes(text)) return { value: text };
      const parts = split(text);
      const values = parts.map((part) => readNumber(field.item, part));
      if (parts.length > 2 || values.some((each) => "problem" in each)) {
        const words = field.words.join(", ");
        const least = String(lowest(field.item) ?? 0);
        return words
          ? problem("form.sizeOrWord", { least, words })
          : problem("form.size", { least });
      }
      const numbers = values.map((each) => ("value" in each ? each.value : 0));
      return { value: numbers.length === 1 ? numbers[0] : numbers };
    }
    case "tuple": {
      const parts = split(text);
      if (parts.length !== field.items.length) {
        return problem("form.several", { num: field.items.length });
      }
      const values = field.items.map((item, i) => readNumber(item, parts[i] ?? ""));
      const wrong = values.find((each) => "problem" in each);
      return wrong ?? { value: values.map((each) => ("value" in each ? each.value : 0)) };
    }
  }
}

function split(text: string): string[] {
  return text.split(/\s*[,，×x]\s*|\s+/).map((part) => part.trim());
}

const DECIMAL = /^[-+−]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d{1,3})?$/i;

function readNumber(field: NumberField, text: string): Read {
  const value = Number(text.replace("−", "-"));
  const fits = DECIMAL.test(text) && Number.isFinite(value) && inside(field, value);
  if (!fits || (field.kind === "whole" && !Number.isSafeInteger(value))) return expected(field);
  return { value };
}

/** Return whether a number lies within bounds. */
export function inside({ least, most, above, below }: Bounds, value: number): boolean {
  return (
    value >= (least ?? -Infinity) &&
    value <= (most ?? Infinity) &&
    value > (above ?? -Infinity) &&
    value < (below ?? Infinity)
  );
}

function lowest(field: NumberField): number | undefined {
  return field.kind === "whole" && field.above !== undefined ? field.above + 1 : field.least;
}

/** Return which numbers a field takes, as a problem. */
function expected(field: NumberField): { readonly problem: Problem } {
  const whole = field.kind === "whole";
  const lower = lowest(field);
  const upper = whole && field.below !== undefined ? field.below - 1 : field.most;
  const low = lower !== undefined && lower > -FEW ? lower : undefined;
  const high = upper !== undefined && upper < FEW ? upper : undefined;
  if (low !== undefined && high !== undefined) {
    return problem(whole ? "form.wholeBetween" : "form.between", { low, high });
  }
  if (!whole && (field.above !== undefined || field.below !== undefined)) {
    const [above, below] = [field.above ?? low, field.below ?? high];
    if (above !== undefined && below !== undefined) {
      return problem("form.inside", { low: above, high: below });
    }
    if (above !== undefined) return problem("form.above", { low: above });
  }
  if (low !== undefined) return problem(whole ? "form.wholeLeast" : "form.least", { low });
  return problem(whole ? "form.whole" : "form.number");
}

/** Return a value as its field writes it. */
export function writeLine(value: unknown): string {
  if (Array.isArray(value)) return value.map(String).join(", ");
  return value === null || value === undefined ? "" : String(value);
}

/** Return the value of a JSON text, or that it is none. */
export function readJson(typed: string): Read {
  try {
    return { value: JSON.parse(typed) as unknown };
  } catch {
    return problem("form.json");
  }
}

/** Return whether two values are equal as JSON. */
export function same(one: unknown, two: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(two);
}

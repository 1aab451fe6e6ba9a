/** Settings of a figure as values; what does not fit has its default, and a sentence says so. */

import type { State } from "$/figures/types";
import type { Key } from "$/lang/index.svelte";

/** A setting that was left out: its key and text, and what is expected. */
export interface Ignored {
  readonly key: string;
  readonly value: string;
  readonly expected: Key;
  readonly values: Readonly<Record<string, string | number>>;
}

/** Numbers are as people type them: 2, -0.5, −0.5. */
const numberOf = (text: string): number =>
  text.trim() === "" ? NaN : Number(text.trim().replace("−", "-"));

/**
 * Reads the settings of one state, and collects those that do not fit.
 *
 *   const setup = $derived.by(() => {
 *     const read = new Reading(settings);
 *     return { size: read.whole("size", 20, 1, 32), ignored: read.ignored };
 *   });
 */
export class Reading {
  readonly ignored: Ignored[] = [];
  readonly #state: State;

  constructor(state: State) {
    this.#state = state;
  }

  /** Return the text of a key; "" if it is not there. */
  text(key: string): string {
    return this.#state[key] ?? "";
  }

  whole(key: string, usual: number, low: number, high: number): number {
    const value = numberOf(this.text(key));
    if (Number.isInteger(value) && value >= low && value <= high) return value;
    return this.#leave(key, usual, "controls.whole", { low, high });
  }

  odd(key: string, usual: number, low: number, high: number): number {
    const value = numberOf(this.text(key));
    if (value % 2 === 1 && value >= low && value <= high) return value;
    return this.#leave(key, usual, "controls.odd", { low, high });
  }

  decimal(key: string, usual: number, low: number, high: number): number {
    const value = numberOf(this.text(key));
    if (value >= low && value <= high) return value;
    return this.#leave(key, usual, "controls.decimal", { low, high });
  }

  word<Word extends string>(key: string, usual: Word, words: readonly Word[]): Word {
    const known = words.find((word) => word === this.text(key));
    return known ?? this.#leave(key, usual, "controls.word", { words: words.join(", ") });
  }

  /** Return numbers as 2,1,0.1; of at least and at most so many, each within limits. */
  numbers(
    key: string,
    usual: readonly number[],
    count: readonly [least: number, most: number],
    [low, high]: readonly [low: number, high: number],
  ): readonly number[] {
    const words = this.text(key)
      .split(/[\s,]+/, count[1] + 2)
      .filter(Boolean);
    const values = words.map(numberOf);
    const fits = values.length >= count[0] && values.length <= count[1];
    if (fits && values.every((value) => value >= low && value <= high)) return values;
    const about = { least: count[0], most: count[1], low, high };
    return this.#leave(key, usual, "controls.numbers", about);
  }

  /** Keep a setting in the list of those that do not fit. */
  refuse(key: string, expected: Key, values: Ignored["values"] = {}): void {
    this.ignored.push({ key, value: this.text(key).slice(0, 40), expected, values });
  }

  #leave<Value>(key: string, usual: Value, expected: Key, values: Ignored["values"]): Value {
    if (this.text(key) !== "") this.refuse(key, expected, values);
    return usual;
  }
}

/** Return the text of a value for `change`: "" for the default. */
export const written = (value: number | string, usual: number | string): string =>
  value === usual ? "" : String(value);

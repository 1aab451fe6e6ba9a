/** Where a figure keeps its state: the address of a view, or the frame of a chapter. */

import type { State } from "$/figures/types";

export interface StateSource {
  /** "" where there is none. */
  get(key: string): string;
  /** Change some values; "" removes one. */
  set(changes: State): void;
}

/** Return the source of a figure from what its frame hands to it. */
export const framed = (state: () => State, change: (changes: State) => void): StateSource => ({
  get: (key) => state()[key] ?? "",
  set: change,
});

/** Return a whole number within limits, or the usual one. */
export function whole(text: string, [low, high]: readonly [number, number], usual: number): number {
  const value = Number(text);
  return text !== "" && Number.isInteger(value) && value >= low && value <= high ? value : usual;
}

/** Return one of some words, or the first. */
export function oneOf<Word extends string>(text: string, words: readonly [Word, ...Word[]]): Word {
  return words.find((word) => word === text) ?? words[0];
}

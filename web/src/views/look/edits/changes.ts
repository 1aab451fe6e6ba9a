/** Changes of a network that a user made: numbers of parameters, and channels that are off. */

import type { Numbers } from "$/run/types";

export interface Changes {
  /** By the name of a parameter in the ONNX file: its changed numbers, by their place. */
  readonly values: Readonly<Record<string, Numbers>>;
  /** Channels (or units of a vector) that are set to 0, by the path of their layer. */
  readonly off: Readonly<Record<string, readonly number[]>>;
}

export const NO_CHANGES: Changes = { values: {}, off: {} };

/** Longest text of changed numbers in an address; browsers and messengers cut longer ones. */
export const MOST_TEXT = 1500;

export function numChanges({ values, off }: Changes): number {
  const channels = Object.values(off).reduce((sum, each) => sum + each.length, 0);
  return Object.keys(values).length + channels;
}

function without<T>(record: Readonly<Record<string, T>>, name: string): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([each]) => each !== name));
}

/** Return changes with further numbers of a parameter; those equal to the learned ones go. */
export function withValues(
  changes: Changes,
  name: string,
  values: ReadonlyMap<number, number>,
  learned: Float32Array,
): Changes {
  const merged = { ...changes.values[name], ...Object.fromEntries(values) };
  const kept = Object.entries(merged).filter(([place, value]) => learned[Number(place)] !== value);
  const others: Record<string, Numbers> = without(changes.values, name);
  if (kept.length > 0) others[name] = Object.fromEntries(kept) as Numbers;
  return { ...changes, values: others };
}

/** Return changes with a channel switched off, or on again. */
export function withSwitch(changes: Changes, layer: string, channel: number, off: boolean) {
  const others = (changes.off[layer] ?? []).filter((one) => one !== channel);
  const channels = off ? [...others, channel].sort((one, two) => one - two) : others;
  const rest = without(changes.off, layer);
  if (channels.length > 0) rest[layer] = channels;
  return { ...changes, off: rest };
}

/** Return all numbers of a parameter, with the changed ones. */
export function changed(learned: Float32Array, values: Numbers = {}): Float32Array {
  const copy = learned.slice();
  for (const [place, value] of Object.entries(values)) copy[Number(place)] = value;
  return copy;
}

/** Return the number of float32 that is nearest to the first four digits of a value. */
export const rounded = (value: number): number => Math.fround(Number(value.toPrecision(4)));

/** Return the shortest text from which the same float32 is read. */
function digits(value: number): string {
  for (let count = 1; count < 9; count++) {
    const text = String(Number(value.toPrecision(count)));
    if (Math.fround(Number(text)) === value) return text;
  }
  return String(Number(value.toPrecision(9)));
}

/** Changes as texts of an address: conv1/0,3*fc1/2 and conv1.weight/0,0.25,1,-1. */
export interface ChangeTexts {
  readonly off: string;
  /** Null: longer than `MOST_TEXT`. */
  readonly set: string | null;
}

export function textsOf({ values, off }: Changes): ChangeTexts {
  const set = Object.entries(values)
    .map(([name, numbers]) => {
      const pairs = Object.entries(numbers).map(([place, value]) => `${place},${digits(value)}`);
      return `${name}/${pairs.join()}`;
    })
    .join("*");
  const switches = Object.entries(off).map(([path, channels]) => `${path}/${channels.join()}`);
  return { off: switches.join("*"), set: set.length > MOST_TEXT ? null : set };
}

/** What a network has, to check changes from an address. */
export interface Sizes {
  /** Number of channels of a layer; undefined without such a layer. */
  channels(path: string): number | undefined;
  /** Number of numbers of a parameter. */
  numbers(name: string): number | undefined;
}

/** Return the changes in the texts of an address; null where one does not fit the network. */
export function changesOf({ off, set }: ChangeTexts, sizes: Sizes): Changes | null {
  const switches = new Map<string, readonly number[]>();
  for (const [path, places] of parts(off)) {
    const last = (sizes.channels(path) ?? 0) - 1;
    if (!places.every((place) => isPlace(place, last))) return null;
    switches.set(path, [...new Set(places)]);
  }
  const values = new Map<string, Numbers>();
  for (const [name, numbers] of parts(set ?? "")) {
    const last = (sizes.numbers(name) ?? 0) - 1;
    const pairs = numbers.flatMap((place, k) =>
      k % 2 === 0 ? [[place, Math.fround(numbers[k + 1] ?? NaN)] as const] : [],
    );
    if (!pairs.every(([place, value]) => isPlace(place, last) && Number.isFinite(value)))
      return null;
    values.set(name, Object.fromEntries(pairs));
  }
  return { values: Object.fromEntries(values), off: Object.fromEntries(switches) };
}

const isPlace = (place: number, last: number): boolean =>
  Number.isInteger(place) && place >= 0 && place <= last;

function parts(text: string): (readonly [string, readonly number[]])[] {
  return text
    .split("*")
    .filter(Boolean)
    .map((part) => {
      const at = part.lastIndexOf("/");
      const numbers = part.slice(at + 1).split(",");
      return [part.slice(0, Math.max(0, at)), numbers.map((one) => (one ? Number(one) : NaN))];
    });
}

/**
 * Settings of the figures of a chapter in the address of the page: `FIGURE.key=value`.
 *
 * A figure whose settings are those of its chapter has no keys. Once it is changed, the address
 * holds all its settings, those of the chapter too, so that a setting that went back to its default
 * stays there. A figure with no setting at all, where the chapter has some, is `FIGURE=plain`.
 */

import type { State } from "$/figures/types";

const PLAIN = "plain";

const pairs = (state: State): readonly (readonly [string, string])[] =>
  Object.entries(state).filter(([, value]) => value !== "");

/** Return whether two states are the same; "" is as a missing key. */
export function isSame(one: State, two: State): boolean {
  const [first, second] = [pairs(one), pairs(two)];
  return first.length === second.length && first.every(([key, value]) => two[key] === value);
}

/** Return a state with changes; "" removes a key. */
export function changed(state: State, changes: State): State {
  return Object.fromEntries(pairs({ ...state, ...changes }));
}

/** Return the settings of a figure in an address; `start` are those of the chapter. */
export function readState(address: State, figure: string, start: State): State {
  const head = `${figure}.`;
  // a key that was just removed is still there, with ""
  const own = pairs(address).filter(([key]) => key.startsWith(head));
  if (own.length === 0 && address[figure] !== PLAIN) return start;
  return Object.fromEntries(own.map(([key, value]) => [key.slice(head.length), value]));
}

/** Return the changes of the address that give a figure its settings; "" removes a key. */
export function writtenState(address: State, figure: string, start: State, state: State): State {
  const head = `${figure}.`;
  const own = Object.keys(address).filter((key) => key.startsWith(head));
  const none = Object.fromEntries([figure, ...own].map((key) => [key, ""]));
  if (isSame(state, start)) return none;
  const values = pairs(state).map(([key, value]) => [head + key, value]);
  return { ...none, ...(values.length > 0 ? Object.fromEntries(values) : { [figure]: PLAIN }) };
}

/** Failures that the page shows as a sentence: the key of a text and the values in it. */

import type { Key } from "$/lang/index.svelte";

export interface Failure {
  readonly key: Key;
  readonly values: Readonly<Record<string, string | number>>;
}

const failures = new WeakMap<Error, Failure>();

/** Return an error that `sentence` (lang/sentence) shows in the language of the page. */
export function failure(key: Key, values: Failure["values"] = {}): Error {
  const error = new Error(key);
  failures.set(error, { key, values });
  return error;
}

/** Return the failure of an error that `failure` made; of another one, the text of the error. */
export function failureOf(error: unknown): Failure {
  const own = error instanceof Error ? failures.get(error) : undefined;
  if (own) return own;
  return { key: "run.unexpected", values: { error: brief(error) } };
}

/** Return the first line of an error's message, of at most 200 characters. */
export function brief(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return (message.split("\n")[0] ?? "").slice(0, 200);
}

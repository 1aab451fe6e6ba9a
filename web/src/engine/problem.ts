/** Failures as texts of the page. */

import type { Key } from "$/lang/index.svelte";
import type { Problem } from "$/engine/types";

/** An error of the engine; `problem` is what the page shows. */
export type EngineError = Error & { readonly problem: Problem };

type Values = Problem["values"];

export function engineError(key: Key, values: Values = {}): EngineError {
  const problem: Problem = { key, values };
  return Object.assign(new Error(`${key} ${JSON.stringify(values)}`), { problem });
}

/** Return the problem of an error of the engine; null for any other error. */
export function problemOf(error: unknown): Problem | null {
  return error instanceof Error && "problem" in error ? (error as EngineError).problem : null;
}

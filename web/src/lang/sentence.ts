/** Sentences of failures; apart from `failure`, so that workers carry no texts. */

import { failureOf } from "$/lang/failure";
import { text } from "$/lang/index.svelte";

/** Return the sentence that the page shows for an error. */
export function sentence(error: unknown): string {
  const { key, values } = failureOf(error);
  return text(key, values);
}

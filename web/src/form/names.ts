/** Labels of fields in the language of the page. */

import { en } from "$/lang/en";
import { text, type Key } from "$/lang/index.svelte";

/** Return the label of a field; one without a label is written as in Python. */
export function nameOf(name: string): string {
  const key = `form.field.${name}`;
  return isKey(key) ? text(key) : name.replaceAll("_", " ");
}

function isKey(key: string): key is Key {
  return Object.hasOwn(en, key);
}

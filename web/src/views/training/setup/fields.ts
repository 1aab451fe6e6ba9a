/** Labels of the settings of a recipe. */

import { nameOf } from "$/form/names";
import { en } from "$/lang/en";
import { text, type Key } from "$/lang/index.svelte";

const isKey = (key: string): key is Key => Object.hasOwn(en, key);

/** Return the label of a setting; those that layers have too are named as there. */
export function fieldName(name: string): string {
  const key = `training.field.${name}`;
  return isKey(key) ? text(key) : nameOf(name);
}

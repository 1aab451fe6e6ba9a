/** The language of the page: texts by key, with values filled in. */

import { en } from "$/lang/en";
import { zh } from "$/lang/zh";

export type Key = keyof typeof en;
export type Texts = Readonly<Record<Key, string>>;
export type Language = "en" | "zh";

const TEXTS: Readonly<Record<Language, Texts>> = { en, zh };

class Choice {
  language = $state<Language>("en");
}

export const choice = new Choice();

/** Return the text of a key in the language in use, with {names} replaced by values. */
export function text(key: Key, values: Readonly<Record<string, string | number>> = {}): string {
  return TEXTS[choice.language][key].replace(/\{(\w+)\}/g, (hole, name: string) =>
    name in values ? String(values[name]) : hole,
  );
}

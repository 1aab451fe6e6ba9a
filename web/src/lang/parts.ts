/** Types of the texts: every part has one file per language, with the same keys. */

import type { parts } from "$/lang/en";

export type Part = keyof typeof parts;

/** Texts of one part in another language. */
export type In<P extends Part> = Readonly<Record<keyof (typeof parts)[P], string>>;

/** Widths of text in the fonts of the Python renderer, and text fitted to a width. */

import { BOLD, CHARACTERS, REGULAR } from "$/theme/widths";

/** Of Noto Sans, in ems. */
export const ASCENT = 1.069;
export const DESCENT = 0.293;
/** Ems of a Chinese character, and of one whose width is not known. */
const SQUARE = 1;

const faces = [REGULAR, BOLD].map((row) => {
  const widths = row.split(" ");
  return new Map([...CHARACTERS].map((char, i) => [char, Number(widths[i]) / 1000]));
});

/** Return the text with every run of white space as one space. */
export function oneLine(text: string): string {
  return text.split(/\s+/).filter(Boolean).join(" ");
}

/** Return the width of one line in the unit of `size`. */
export function textWidth(text: string, size: number, bold = false): number {
  const widths = faces[bold ? 1 : 0];
  let total = 0;
  for (const char of text) total += widths?.get(char) ?? SQUARE;
  return size * total;
}

/** Return the width of the widest text. */
export function widest(texts: readonly string[], size: number): number {
  return Math.max(0, ...texts.map((text) => textWidth(text, size)));
}

/** Return the text, shortened with an ellipsis where it is wider than `width`. */
export function cut(text: string, width: number, size: number): string {
  if (textWidth(text, size) <= width) return text;
  let room = width - textWidth("…", size);
  let kept = "";
  for (const char of text) {
    room -= textWidth(char, size);
    if (room < 0) break;
    kept += char;
  }
  return kept && `${kept.trimEnd()}…`;
}

/** Return lines no wider than `width`, broken at spaces; a longer word stays whole. */
export function wrapped(text: string, width: number, size: number): string[] {
  const lines: string[] = [];
  for (const word of oneLine(text).split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && textWidth(`${last} ${word}`, size) <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else if (word) lines.push(word);
  }
  return lines;
}

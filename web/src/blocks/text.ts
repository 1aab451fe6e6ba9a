/** The JSON form of an architecture as the text of an editor. */

import type { Architecture } from "$/engine/types";

const WIDE = 100;

/** Return an architecture as JSON with one layer on each line. */
export function jsonText(architecture: Architecture): string {
  const write = (value: unknown, indent: string): string => {
    const flat = JSON.stringify(value) ?? "null";
    const spaced = flat.replace(
      /("(?:[^"\\]|\\.)*")|([:,])/g,
      (_, string?: string, sign?: string) => string ?? `${sign ?? ""} `,
    );
    const isLeaf = typeof value !== "object" || value === null;
    const nests = flat.includes('"blocks"') || flat.includes('"body"');
    if (isLeaf || (!nests && spaced.length + indent.length <= WIDE)) return spaced;
    const inner = `${indent}  `;
    const lines = Array.isArray(value)
      ? value.map((part) => inner + write(part, inner))
      : Object.entries(value).map(
          ([key, part]) => `${inner}${JSON.stringify(key)}: ${write(part, inner)}`,
        );
    const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
    return `${open}\n${lines.join(",\n")}\n${indent}${close}`;
  };
  return write(architecture, "");
}

/** Rows of a table: their order, those that match a text, and their form as CSV. */

import type { Column, Direction, Sorting, Value } from "$/table/types";

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

/** Return rows in order; rows without a value are last, whatever the direction. */
export function sorted<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  sorting: Sorting | null,
): readonly Row[] {
  const column = columns.find(({ id }) => id === sorting?.column);
  if (!sorting || !column) return rows;
  const sign = sorting.direction === "ascending" ? 1 : -1;
  return rows
    .map((row) => ({ row, value: column.value(row) }))
    .sort((a, b) => {
      const [isEmpty, isOtherEmpty] = [isMissing(a.value), isMissing(b.value)];
      if (isEmpty || isOtherEmpty) return Number(isEmpty) - Number(isOtherEmpty);
      return sign * compared(a.value, b.value);
    })
    .map(({ row }) => row);
}

const isMissing = (value: Value): boolean =>
  value === null || value === "" || (typeof value === "number" && Number.isNaN(value));

function compared(a: Value, b: Value): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return collator.compare(String(a), String(b));
}

/** Return rows in whose cells every word of a text occurs. */
export function matching<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  text: string,
): readonly Row[] {
  const words = folded(text).split(/\s+/).filter(Boolean);
  if (words.length === 0) return rows;
  return rows.filter((row) => {
    const all = folded(columns.map((column) => shownText(column, row)).join("\n"));
    return words.every((word) => all.includes(word));
  });
}

const folded = (text: string): string => text.normalize("NFKC").toLowerCase();

/** Return what a cell shows. */
export function shownText<Row>(column: Column<Row>, row: Row): string {
  if (column.text) return column.text(row);
  const value = column.value(row);
  return value === null ? "" : String(value);
}

/** Return the sorting after a click on the head of a column: it, its reverse, then none. */
export function nextSorting(
  now: Sorting | null,
  column: { readonly id: string; readonly first?: Direction | undefined },
): Sorting | null {
  const first = column.first ?? "ascending";
  if (now?.column !== column.id) return { column: column.id, direction: first };
  if (now.direction !== first) return null;
  return { column: column.id, direction: first === "ascending" ? "descending" : "ascending" };
}

/** Return rows as CSV (RFC 4180), numbers in full precision. */
export function csv<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
  const lines = rows.map((row) => columns.map((column) => quoted(column.value(row))));
  const head = columns.map((column) => quoted(column.title));
  return [head, ...lines].map((line) => `${line.join(",")}\r\n`).join("");
}

/** Spreadsheets compute a text that begins with one of these: a quote before it prevents that. */
const FORMULA = /^[=+\-@\t\r]/;

function quoted(value: Value): string {
  if (value === null) return "";
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : "";
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Return a sorting as text for the address: "macs" or "-macs". */
export function sortingText(sorting: Sorting | null): string {
  if (!sorting) return "";
  return sorting.direction === "descending" ? `-${sorting.column}` : sorting.column;
}

/** Read a sorting from the address; null if it names no column. */
export function readSorting(
  text: string,
  columns: readonly { readonly id: string }[],
): Sorting | null {
  const direction = text.startsWith("-") ? "descending" : "ascending";
  const column = text.replace(/^-/, "");
  return columns.some(({ id }) => id === column) ? { column, direction } : null;
}

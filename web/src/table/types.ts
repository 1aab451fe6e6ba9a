/** Columns of a sortable table. */

export type Value = string | number | null;
export type Direction = "ascending" | "descending";

export interface Column<Row> {
  /** Short name, for the address and as a key. */
  readonly id: string;
  readonly title: string;
  /** What it is, shown when the pointer rests on its head. */
  readonly about?: string;
  /** What rows are sorted by, and what is copied: full precision. */
  readonly value: (row: Row) => Value;
  /** What is shown; by default the value. */
  readonly text?: (row: Row) => string;
  readonly kind?: "text" | "number";
  /** Left out until the user asks for it. */
  readonly isHidden?: boolean;
  /** Greatest width, as "12rem"; longer texts are cut. */
  readonly width?: string;
  /** Names the row: read by screen readers with each cell, and shown first on a phone. */
  readonly isHead?: boolean;
  /** Whether numbers are best large or small: the first click sorts so. */
  readonly first?: Direction;
}

export interface Sorting {
  readonly column: string;
  readonly direction: Direction;
}

/** Cells of tables as text, as `convscope.payload.cell_text` writes them. */

import { fixed, general, grouped } from "$/payload/format";
import type { Table } from "$/payload/types";

type Cell = Table["rows"][number][number];
export type ColumnKind = "text" | "whole" | "decimal";

/**
 * Return the kind of each column.
 *
 * JSON has no whole numbers apart from others: 1.0 and 1 are the same to a page. A column of
 * numbers of which most have decimals is one of decimals.
 */
export function columnKinds(table: Table): ColumnKind[] {
  return table.columns.map((_, i) => {
    const cells = table.rows.map((row) => row[i] ?? null).filter((cell) => cell !== null);
    if (cells.length === 0 || cells.some((cell) => typeof cell !== "number")) return "text";
    const broken = cells.filter((cell) => !Number.isInteger(cell)).length;
    return 2 * broken > cells.length ? "decimal" : "whole";
  });
}

/** Return the text of a cell: thousands separated, four decimals. */
export function cellText(cell: Cell, kind: ColumnKind = "text"): string {
  if (cell === null) return "-";
  if (typeof cell === "string") return cell;
  if (Number.isInteger(cell) && kind !== "decimal") return grouped(fixed(cell, 0));
  return cell && Math.abs(cell) < 0.001 ? general(cell, 3) : fixed(cell, 4);
}

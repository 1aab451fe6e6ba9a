/** The printed numbers of a network as a table: a row for each row of the paper's table. */

import type { NetworkPage } from "$/views/zoo/records";

type Printed = NetworkPage["printed"][number];

export interface Cell extends Printed {
  /** The row in lower case, and the number of the quantity: `inception-4a/0`. The same in every language. */
  readonly id: string;
}

export interface PrintedTable {
  readonly source: string;
  readonly rows: readonly string[];
  readonly quantities: readonly string[];
  readonly cells: readonly Cell[];
}

export function tableOf(printed: readonly Printed[]): PrintedTable {
  const names = quantityNames(printed);
  const cells = printed.map((one) => ({
    ...one,
    id: `${slug(one.row)}/${names.indexOf(one.quantity)}`,
  }));
  return {
    source: [...new Set(printed.map(({ table }) => table))].join(", "),
    rows: [...new Set(printed.map(({ row }) => row))],
    quantities: names,
    cells,
  };
}

/** The same order in every language, since it is that of the file. */
const quantityNames = (printed: readonly Printed[]): string[] => [
  ...new Set(printed.map(({ quantity }) => quantity)),
];

function slug(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, "-")
    .replace(/^-|-$/g, "");
}

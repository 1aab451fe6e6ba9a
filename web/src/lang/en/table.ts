/** Sortable, filterable tables. */
export const table = {
  "table.name": "Table",
} as const;

/** Sortable, filterable tables. */
export const table = {
  "table.search": "Search",
  "table.rows": "{num} {num|row|rows}",
  "table.found": "{num} of {all} {all|row|rows}",
  "table.sortBy": "Sort by",
  "table.unsorted": "Order of the list",
  "table.columns": "Columns",
  "table.reset": "Default columns",
  "table.csv": "Copy as CSV",
  "table.mark": "Select {name}",
  "table.markAll": "Select all rows",
  "table.more": "Show more ({num} not shown)",
  "table.empty": "No row matches.",
} as const;

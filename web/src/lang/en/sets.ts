/** View "Data". */
export const sets = {
  "sets.title": "Data",
  "sets.about": "Data sets and your own folders: check them, look at them, correct labels.",
} as const;

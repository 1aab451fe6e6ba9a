/** View "Filters". */
export const filters = {
  "filters.title": "Filters",
  "filters.about": "Classic filters on your own photo, with a kernel that you can edit.",
} as const;

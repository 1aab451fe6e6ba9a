/** View "Runs". */
export const runs = {
  "runs.title": "Runs",
  "runs.about": "All trainings of this folder: compare, evaluate, export.",
} as const;

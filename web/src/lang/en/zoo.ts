/** View "Zoo". */
export const zoo = {
  "zoo.title": "Zoo",
  "zoo.about": "Networks of the papers, each with its table, diagram and figures.",
} as const;

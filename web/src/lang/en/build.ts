/** View "Build". */
export const build = {
  "build.title": "Build",
  "build.about": "Compose a network from blocks. Shapes and costs are computed as you type.",
} as const;

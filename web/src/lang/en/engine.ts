/** Reasons why something cannot be trained, opened or saved in the tab. */
export const engine = {
  "engine.unfinished": "Training in the tab is not built yet.",
} as const;

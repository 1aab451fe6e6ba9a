/** View "Look inside". */
export const visuals = {
  "visuals.title": "Look inside",
  "visuals.about": "Feature maps, sums and saliency of any network on your own images.",
} as const;

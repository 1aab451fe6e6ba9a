/** View "Train". */
export const training = {
  "training.title": "Train",
  "training.about": "Train a network and watch every layer while it learns.",
} as const;

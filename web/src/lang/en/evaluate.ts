/** View "Evaluate". */
export const evaluate = {
  "evaluate.title": "Evaluate",
  "evaluate.about": "Accuracy, confusion matrix, embedding and the worst mistakes of a model.",
} as const;

/** View "Evaluate". */
export const evaluate = {
  "evaluate.title": "Evaluate",
  "evaluate.about": "Accuracy, confusion matrix, embedding and the worst mistakes of a model.",
  "evaluate.model": "Model",
  "evaluate.model.choose": "choose",
  "evaluate.model.run": "Runs",
  "evaluate.model.file": "Model files",
  "evaluate.model.weights": "Published weights",
} as const;

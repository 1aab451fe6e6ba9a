/** An evaluation with the results of every image, as the page holds it. */

import { get } from "$/api/client";
import { readResults, type Facts, type Results } from "$/views/evaluate/results";

export interface Loaded {
  readonly id: string;
  readonly facts: Facts;
  /** Figures of the whole, as the `evaluate` verb has them. */
  readonly figures: ReadonlyMap<string, number>;
  readonly results: Results;
}

const FIGURES = [
  "accuracy",
  "top5",
  "balanced_accuracy",
  "macro_f1",
  "calibration_error",
  "cross_entropy",
  "num_samples",
  "correct",
] as const;

/** Load an evaluation; throws if it is not there any more. */
export async function loadEvaluation(id: string): Promise<Loaded> {
  const [{ facts, evaluation }, images] = await Promise.all([
    get("/api/evaluations/{id}", { path: { id } }),
    get("/api/evaluations/{id}/images", { path: { id } }),
  ]);
  const figures = FIGURES.flatMap((name): [string, number][] => {
    const value: unknown = evaluation[name];
    return typeof value === "number" ? [[name, value]] : [];
  });
  return { id, facts, figures: new Map(figures), results: readResults(images, facts.classes) };
}

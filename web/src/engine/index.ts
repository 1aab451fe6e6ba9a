/** Training in the tab. */

import { createGraph } from "$/engine/graph";
import { problemOf } from "$/engine/problem";
import type { Architecture, Problem } from "$/engine/types";

export { createSession } from "$/engine/session/client";
export { readModel, writeModel, type ModelFile } from "$/engine/files/model-file";
export { problemOf } from "$/engine/problem";
export { createTrainer } from "$/engine/trainer";

/** Return why an architecture cannot be trained in the tab; null if it can. */
export function supports(architecture: Architecture): Problem | null {
  try {
    createGraph(architecture);
    return null;
  } catch (error) {
    const problem = problemOf(error);
    if (problem) return problem;
    throw error;
  }
}

/** Training in the tab. */

import { createGraph } from "$/engine/graph";
import { problemOf } from "$/engine/problem";
import type {
  Architecture,
  Images,
  Problem,
  Session,
  SessionOptions,
  Snapshot,
} from "$/engine/types";

export { createTrainer } from "$/engine/trainer";
export { problemOf } from "$/engine/problem";

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

/** A trainer in a worker, with its data; `listen` gets its state at most 20 times a second. */
export async function createSession(
  architecture: Architecture,
  data: { readonly train: Images; readonly test: Images },
  options: SessionOptions,
  listen: (snapshot: Snapshot) => void,
): Promise<Session> {
  void [data, options, listen];
  throw new Error(`not built yet: ${architecture.name}`);
}

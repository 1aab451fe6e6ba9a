/** Training in the tab. */

import type {
  Architecture,
  Problem,
  Session,
  SessionOptions,
  Images,
  Snapshot,
  Trainer,
  TrainerOptions,
} from "$/engine/types";

/** Return why an architecture cannot be trained in the tab; null if it can. */
export function supports(architecture: Architecture): Problem | null {
  void architecture;
  return { key: "engine.unfinished", values: {} };
}

/** A trainer in this thread: it blocks while it computes. */
export async function createTrainer(
  architecture: Architecture,
  options: TrainerOptions = {},
): Promise<Trainer> {
  void options;
  throw new Error(`not built yet: ${architecture.name}`);
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

/** Runs of the workspace, as the first page lists them. */

import { send } from "$/api/client";

export interface Run {
  readonly id: string;
  readonly name: string;
  readonly state: "running" | "stopped" | "finished" | "failed" | "damaged";
  readonly architecture: string;
  readonly data: string;
  readonly epochs: number;
  readonly epochs_done: number;
  readonly validation_accuracy: number | null;
  /** Time of the last event, ISO 8601. */
  readonly changed: string | null;
}

/** Return all runs, those that changed last first. */
export async function recentRuns(signal: AbortSignal): Promise<readonly Run[]> {
  const { runs } = (await send("get", "/api/training", { signal })) as { runs: readonly Run[] };
  return [...runs].sort((one, other) => (other.changed ?? "").localeCompare(one.changed ?? ""));
}

/** What the first training starts: small, quick and watched. */
export const FIRST = {
  network: "lenet5",
  data: "mnist",
  recipe: null,
  settings: { epochs: 3 },
  name: "",
  watch: true,
} as const;

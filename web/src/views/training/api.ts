/** Requests of this view. */

import { send } from "$/api/client";
import type { Job } from "$/api/stream.svelte";
import { jobs } from "$/api/jobs.svelte";
import type {
  Command,
  Frame,
  History,
  Measured,
  Plan,
  RecipeEntry,
  RunRecord,
  Setup,
  Start,
  Watched,
} from "./records";

export async function runs(): Promise<readonly RunRecord[]> {
  const { runs } = (await send("get", "/api/training")) as { runs: readonly RunRecord[] };
  return runs;
}

export async function run(id: string): Promise<RunRecord> {
  return (await send("get", "/api/training/{id}", { path: { id } })) as RunRecord;
}

export async function history(id: string, signal?: AbortSignal): Promise<History> {
  const options = { path: { id }, ...(signal ? { signal } : {}) };
  return (await send("get", "/api/training/{id}/history", options)) as History;
}

export async function watched(id: string): Promise<Watched> {
  return (await send("get", "/api/training/{id}/watch", { path: { id } })) as Watched;
}

export async function frame(id: string, step: number): Promise<Frame> {
  const path = { id, step: String(step) };
  return (await send("get", "/api/training/{id}/watch/frames/{step}", { path })) as Frame;
}

export const imageAddress = (id: string, number: number): string =>
  `/api/training/${encodeURIComponent(id)}/watch/images/${number}`;

export async function control(id: string, command: Command): Promise<void> {
  await send("post", "/api/training/{id}/control", { path: { id }, body: command });
}

export async function resume(id: string, watch: boolean): Promise<Job> {
  return jobs.start(`/api/training/${encodeURIComponent(id)}/resume`, { watch });
}

export async function plan(setup: Setup, signal: AbortSignal): Promise<Plan> {
  return (await send("post", "/api/training/plan", { body: setup, signal })) as Plan;
}

export async function start(setup: Start): Promise<Job> {
  return jobs.start("/api/training", setup);
}

export async function recipes(
  network: string,
  data: string,
  signal: AbortSignal,
): Promise<readonly RecipeEntry[]> {
  const options = { query: { network, data }, signal };
  const answer = (await send("get", "/api/training/recipes", options)) as {
    recipes: readonly RecipeEntry[];
  };
  return answer.recipes;
}

/** Time some steps on this machine: that takes seconds. */
export async function measure(setup: Setup): Promise<Measured> {
  return (await send("post", "/api/training/measure", { body: setup })) as Measured;
}

/** Requests of this view. */

import { get, post, send } from "$/api/client";
import { jobs, type Job } from "$/api/jobs.svelte";
import type {
  Command,
  DataSet,
  Frame,
  History,
  LayerPoint,
  Measured,
  Network,
  Plan,
  RecipeEntry,
  RunRecord,
  Setup,
  Start,
  Watched,
} from "./records";

export async function networks(): Promise<readonly Network[]> {
  return ((await send("get", "/api/models")) as { models: readonly Network[] }).models;
}

export async function dataSets(): Promise<readonly DataSet[]> {
  return (await get("/api/data")).sets;
}

/** JSON Schema of a recipe. */
export function schema(): Promise<Readonly<Record<string, unknown>>> {
  return get("/api/training/schema");
}

export async function runs(): Promise<readonly RunRecord[]> {
  return (await get("/api/training")).runs;
}

export function run(id: string): Promise<RunRecord> {
  return get("/api/training/{id}", { path: { id } });
}

export function history(id: string, signal: AbortSignal): Promise<History> {
  return get("/api/training/{id}/history", { path: { id }, query: {}, signal });
}

export function watched(id: string): Promise<Watched> {
  return get("/api/training/{id}/watch", { path: { id }, query: {} });
}

export function frame(id: string, step: number): Promise<Frame> {
  return get("/api/training/{id}/watch/frames/{step}", { path: { id, step } });
}

/** Figures of one layer over the steps. */
export async function layer(id: string, path: string): Promise<readonly LayerPoint[]> {
  const answer = await get("/api/training/{id}/watch/layer", { path: { id }, query: { path } });
  return answer.points;
}

export const imageAddress = (id: string, number: number): string =>
  `/api/training/${encodeURIComponent(id)}/watch/images/${number}`;

export async function control(id: string, command: Command): Promise<void> {
  const body = { lr: null, on: null, ...command };
  await post("/api/training/{id}/control", { path: { id }, body });
}

export function resume(id: string, watch: boolean): Promise<Job> {
  return jobs.start(`/api/training/${encodeURIComponent(id)}/resume`, { watch });
}

export async function recipes(
  network: string,
  data: string,
  signal: AbortSignal,
): Promise<readonly RecipeEntry[]> {
  return (await get("/api/training/recipes", { query: { network, data }, signal })).recipes;
}

export function plan(setup: Setup, signal: AbortSignal): Promise<Plan> {
  return post("/api/training/plan", { body: setup, signal });
}

/** Time some steps on this machine: that takes seconds. */
export function measure(setup: Setup): Promise<Measured> {
  return post("/api/training/measure", { body: setup });
}

export function start(setup: Start): Promise<Job> {
  return jobs.start("/api/training", setup);
}

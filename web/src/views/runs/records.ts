/** What the routes of runs answer, by short names, and requests. */

import { get, post, put, send } from "$/api/client";
import { jobs, type Job } from "$/api/jobs.svelte";
import type { components } from "$/api/schema";

type Schemas = components["schemas"];
export type RunRow = Schemas["RunRow"];
export type RunPage = Schemas["RunPage"];
export type RunCurves = Schemas["RunCurves"];
export type SweepRow = Schemas["SweepRow"];
export type SweepPage = Schemas["SweepPage"];
export type Trial = Schemas["Trial"];
export type Dimension = Schemas["Dimension"];
export type Difference = Schemas["Difference"];
export type ExportedFile = Schemas["ExportedFile"];
export type Moved = Schemas["Moved"];
export type State = "running" | "finished" | "stopped" | "failed" | "damaged";
export const STATES: readonly State[] = ["running", "finished", "stopped", "failed", "damaged"];

type Signal = AbortSignal | undefined;
const aborted = (signal: Signal) => (signal ? { signal } : {});

export const runRows = (signal?: AbortSignal): Promise<Schemas["RunRows"]> =>
  get("/api/runs", aborted(signal));
export const runPage = (id: string, signal?: AbortSignal): Promise<RunPage> =>
  get("/api/runs/{id}", { path: { id }, ...aborted(signal) });
export const sweepPage = (id: string, signal?: AbortSignal): Promise<SweepPage> =>
  get("/api/sweeps/{id}", { path: { id }, ...aborted(signal) });

export async function curvesOf(
  ids: readonly string[],
  signal?: AbortSignal,
): Promise<readonly RunCurves[]> {
  const query = { ids: [...ids] };
  return (await get("/api/runs/curves", { query, ...aborted(signal) })).runs;
}

export const differenceOf = (ids: readonly string[], signal?: AbortSignal): Promise<Difference> =>
  get("/api/runs/difference", { query: { ids: [...ids] }, ...aborted(signal) });

export const writeNote = (id: string, text: string): Promise<RunPage> =>
  put("/api/runs/{id}/note", { path: { id }, body: { text } });
export const rename = (id: string, name: string): Promise<Moved> =>
  post("/api/runs/{id}/rename", { path: { id }, body: { name } });
export const toTrash = async (id: string): Promise<Moved> =>
  (await send("post", "/api/runs/{id}/trash", { path: { id }, body: {} })) as Moved;

/** Stop a run that trains: it saves a checkpoint and can be resumed. */
export const stop = (id: string): Promise<unknown> =>
  send("post", "/api/training/{id}/control", { path: { id }, body: { command: "stop" } });
export const resume = (id: string): Promise<Job> =>
  jobs.start(`/api/training/${encodeURIComponent(id)}/resume`, {});
export const stopSweep = (id: string): Promise<unknown> =>
  send("post", "/api/sweeps/{id}/stop", { path: { id }, body: {} });

export async function exportedFiles(signal?: AbortSignal): Promise<readonly ExportedFile[]> {
  return (await get("/api/exports", aborted(signal))).files;
}
export const startExport = (model: string, to: "onnx" | "pytorch" | "web"): Promise<Job> =>
  jobs.start("/api/exports", { model, to });
export const verify = (file: string, model: string): Promise<Job> =>
  jobs.start(`/api/exports/${encodeURIComponent(file)}/verify`, { model });

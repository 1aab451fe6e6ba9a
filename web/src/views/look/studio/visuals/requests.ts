/** Requests about visuals: their list, cost, computation and pictures. */

import { bytes, get, post, send } from "$/api/client";
import type { components } from "$/api/schema";
import { stream } from "$/api/stream.svelte";
import { store } from "$/views/look/studio/images";
import { newTask } from "$/views/look/studio/task";
import type { Picture } from "$/model/types";
import type { Payload } from "$/payload/types";

export type Visual = components["schemas"]["Described"];
export type Cost = components["schemas"]["Estimated"];

export interface Seen {
  readonly payload: Payload;
  readonly command: string;
  readonly seconds: number;
  readonly notes: readonly string[];
}

/** What the user chose for a visual; empty texts stand for the visual's own choice. */
export interface Choices {
  readonly visual: string;
  readonly layer: string;
  readonly unit: string;
  readonly target: string;
  readonly data: string;
  readonly settings: Readonly<Record<string, unknown>>;
  /** Seconds; null for no limit. */
  readonly budget: number | null;
}

export interface Step {
  readonly done: number;
  readonly total: number | null;
}

export async function listVisuals(signal: AbortSignal): Promise<readonly Visual[]> {
  return (await get("/api/look/visuals", { signal })).visuals;
}

/** The defaults of a visual's settings. */
export function defaultsOf({ settings }: Visual): Readonly<Record<string, unknown>> {
  const properties = (settings["properties"] ?? {}) as Readonly<
    Record<string, { default?: unknown }>
  >;
  return Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, one.default]));
}

const same = (one: unknown, other: unknown): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

/** Return the body of a request; what is the visual's own choice is left out. */
export async function bodyOf(
  visual: Visual,
  choices: Choices,
  model: string,
  picture: Picture | null,
) {
  const defaults = defaultsOf(visual);
  const settings = Object.entries(choices.settings).filter(
    ([name, value]) => name in defaults && !same(value, defaults[name]),
  );
  const has = (name: "layer" | "unit" | "target"): boolean => visual.selections.includes(name);
  const image = visual.image === "none" || !picture ? null : (await store(picture)).id;
  return {
    visual: visual.name,
    model,
    image,
    layer: has("layer") && choices.layer ? choices.layer : null,
    unit: has("unit") && choices.unit ? Number(choices.unit) - 1 : null,
    target: has("target") && choices.target ? choices.target : null,
    data: visual.data === "none" || !choices.data ? null : choices.data,
    split: null,
    settings: Object.fromEntries(settings),
    budget: choices.budget,
  };
}

export type Body = Awaited<ReturnType<typeof bodyOf>>;

export const estimate = (body: Body, signal: AbortSignal): Promise<Cost> =>
  post("/api/look/estimate", { body, signal });

/** Compute a visual; `onstep` is called with its progress. */
export async function compute(
  body: Body,
  signal: AbortSignal,
  onstep: (step: Step) => void,
): Promise<Seen> {
  const task = newTask();
  const stop = stream.on("task", ({ id, done, total }) => {
    if (id !== task || typeof done !== "number") return;
    onstep({ done, total: typeof total === "number" ? total : null });
  });
  try {
    const seen = await send("post", "/api/look/visual", { body, signal, query: { task } });
    return seen as Seen;
  } finally {
    stop();
  }
}

/** Return the picture of a payload as the command line writes it. */
export async function pictureOf(payload: Payload, format: "svg" | "png"): Promise<Blob> {
  const content = await bytes(`/api/look/picture?format=${format}`, undefined, { payload });
  const type = format === "svg" ? "image/svg+xml" : "image/png";
  return new Blob([new Uint8Array(content)], { type });
}

/** Hand a file to the browser's downloads. */
export function download(content: Blob, name: string): void {
  const anchor = document.createElement("a");
  anchor.href = URL.createObjectURL(content);
  anchor.download = name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(anchor.href), 10_000);
}

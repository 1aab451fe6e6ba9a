/** What the routes of this view answer: `server/studio/building/`. */

import { send } from "$/api/client";
import type { Schema } from "$/form/schema";
import type { Role } from "$/model/types";
import type { Architecture, Block } from "$/engine/types";
import type { Change } from "./edits";

export interface Figures {
  readonly path: string;
  readonly type: string;
  readonly label: string;
  readonly shape: readonly number[];
  readonly parameters: number;
  readonly macs: number;
  readonly activation_bytes: number;
  readonly training_bytes: number;
  readonly field: readonly [number, number];
  readonly field_stride: readonly [number | null, number | null];
  readonly auxiliary: boolean;
}

export interface Totals {
  readonly layers: number;
  readonly parameters: number;
  readonly macs: number;
  readonly auxiliary_parameters: number;
  readonly weight_bytes: number;
  readonly inference_bytes: number;
  readonly training_bytes: number;
}

export interface Clash {
  readonly path: string;
  readonly stage: "form" | "empty" | "input" | "join" | "output";
  readonly sentence: string;
  readonly expected: string;
  readonly fix: string;
  readonly inputs: Readonly<Record<string, readonly number[]>>;
}

export interface Checked {
  readonly fits: boolean;
  readonly rows: readonly Figures[];
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly output: readonly number[];
  readonly field: readonly [number, number];
  readonly totals: Totals;
  readonly problems: readonly Clash[];
  readonly convention: string;
}

export interface Fix {
  readonly path: string;
  readonly kind: string;
  readonly values: Readonly<Record<string, string>>;
  readonly changes: readonly Change[];
  readonly solves: boolean;
}

export interface LayerKind {
  readonly type: string;
  readonly role: Role;
  readonly summary: string;
  readonly form: Schema;
  readonly start: Readonly<Record<string, unknown>>;
}

export interface ReadyBlock {
  readonly id: string;
  readonly name: string;
  readonly block: Block;
}

export interface Palette {
  readonly layers: readonly LayerKind[];
  readonly compositions: readonly ReadyBlock[];
  readonly ready: readonly ReadyBlock[];
}

export interface Saved {
  readonly name: string;
  readonly path: string;
  readonly modified: number;
}

export interface Opened {
  readonly text: string;
  readonly source: string;
}

const draftOf = (architecture: Architecture, batch: number): object => ({
  architecture: JSON.stringify(architecture),
  batch_size: batch,
});

export async function check(
  architecture: Architecture,
  batch: number,
  signal: AbortSignal,
): Promise<Checked> {
  const body = draftOf(architecture, batch);
  return (await send("post", "/api/build/check", { body, signal })) as Checked;
}

export async function fixesOf(
  architecture: Architecture,
  signal: AbortSignal,
): Promise<readonly Fix[]> {
  const body = draftOf(architecture, 1);
  const answer = (await send("post", "/api/build/fixes", { body, signal })) as {
    readonly fixes: readonly Fix[];
  };
  return answer.fixes;
}

export async function loadPalette(): Promise<Palette> {
  return (await send("get", "/api/build/palette")) as Palette;
}

export async function loadNetworks(): Promise<readonly Saved[]> {
  const answer = (await send("get", "/api/build/networks")) as {
    readonly networks: readonly Saved[];
  };
  return answer.networks;
}

export async function open(query: Readonly<Record<string, string>>): Promise<Opened> {
  return (await send("get", "/api/build/start", { query })) as Opened;
}

export async function save(
  name: string,
  architecture: Architecture,
  replace: boolean,
): Promise<Saved> {
  const body = { name, architecture: JSON.stringify(architecture), replace };
  return (await send("post", "/api/build/networks", { body })) as Saved;
}

/** Return the PyTorch source of a network that fits. */
export async function sourceOf(architecture: Architecture): Promise<string> {
  const body = { architecture: JSON.stringify(architecture) };
  const answer = (await send("post", "/api/build/source", { body })) as { readonly source: string };
  return answer.source;
}

/** What was read from PyTorch source, and sentences about what was left out. */
export interface ReadSource {
  readonly architecture: unknown;
  readonly notes: readonly string[];
}

export async function readSource(source: string, near: Architecture): Promise<ReadSource> {
  const { name, input, num_classes } = near;
  const body = { source, name, input, num_classes };
  return (await send("post", "/api/build/read", { body })) as ReadSource;
}

/** What a network can be started from, besides saved ones. */
export interface Starts {
  readonly zoo: readonly string[];
  readonly runs: readonly { readonly id: string; readonly name: string }[];
  readonly sets: readonly {
    readonly name: string;
    readonly shape: readonly [number, number, number];
    readonly num_classes: number;
  }[];
}

export async function loadStarts(): Promise<Starts> {
  return (await send("get", "/api/build/starts")) as Starts;
}

/** A goal of a challenge; a value of null is not known yet. */
export interface Goal {
  readonly key: string;
  readonly value: number | null;
  readonly target: number;
  readonly reached: boolean;
}

export interface Challenge {
  readonly id: string;
  readonly input: readonly [number, number, number];
  readonly num_classes: number;
  /** Whether a run solves it. */
  readonly trained: boolean;
  readonly goals: readonly Goal[];
  readonly solved: boolean;
  readonly run: string;
}

export async function loadChallenges(
  architecture: Architecture,
  signal: AbortSignal,
): Promise<readonly Challenge[]> {
  const body = draftOf(architecture, 1);
  const answer = (await send("post", "/api/build/challenges", { body, signal })) as {
    readonly challenges: readonly Challenge[];
  };
  return answer.challenges;
}

/** What the routes of the zoo answer, by short names. */

import { send } from "$/api/client";
import type { Job } from "$/api/stream.svelte";
import type { OutlineItem } from "$/diagram/outline";
import type { DiagramData } from "$/diagram/types";
import type { Role } from "$/model/types";

export interface Paper {
  readonly title: string;
  readonly authors: string;
  readonly year: number;
  readonly url: string;
}

/** A published error, in per cent. */
export interface Result {
  readonly data: string;
  readonly split: string;
  readonly top1: number | null;
  readonly top5: number | null;
  readonly protocol: string;
  readonly ensemble: number;
  readonly source: string;
  readonly weights: string;
}

export interface Card {
  readonly name: string;
  readonly family: string;
  readonly group: string;
  readonly summary: string;
  readonly paper: Paper | null;
  readonly input: readonly [number, number, number];
  readonly num_classes: number;
  readonly parameters: number;
  readonly macs: number;
  readonly layers: number;
  readonly depth: number;
  readonly receptive_field: readonly [number, number];
  readonly weight_bytes: number;
  readonly inference_bytes: number;
  readonly training_bytes: number;
  readonly result: Result | null;
  readonly results: number;
}

export interface Weights {
  readonly name: string;
  readonly summary: string;
  readonly is_here: boolean;
  readonly get: string;
}

export interface Entry {
  readonly card: Card;
  readonly weights: readonly Weights[];
}

export interface LayerRow {
  readonly path: string;
  readonly type: string;
  readonly role: Role;
  readonly output_shape: readonly number[];
  readonly parameters: number;
  readonly macs: number;
  readonly connections: number;
  readonly activation_bytes: number;
  readonly training_bytes: number;
  readonly field_size: readonly [number, number];
  readonly field_stride: readonly [number | null, number | null];
  readonly field_start: readonly [number, number];
  readonly auxiliary: boolean;
  readonly window: {
    readonly kernel: readonly [number, number];
    readonly stride: readonly [number, number];
    readonly padding: readonly [number, number];
    readonly groups: number;
  } | null;
}

export interface NetworkPage {
  readonly entry: Entry;
  readonly printed: readonly {
    readonly table: string;
    readonly row: string;
    readonly quantity: string;
    readonly printed: string;
    readonly ours: string;
    readonly agrees: boolean;
    readonly why: string;
  }[];
  readonly facts: readonly {
    readonly fact: {
      readonly quantity: "parameters" | "auxiliary_parameters" | "macs" | "connections";
      readonly value: number;
      readonly source: string;
      readonly differs: string;
    };
    readonly ours: number;
  }[];
  readonly differs_from_paper: readonly string[];
  readonly results: readonly Result[];
  readonly errata: readonly {
    readonly topic: string;
    readonly printed: string;
    readonly correct: string;
    readonly why: string;
    readonly source: string;
  }[];
  readonly layers: readonly LayerRow[];
  readonly convention: string;
  readonly diagram: DiagramData;
}

export interface Source {
  readonly architecture: string;
  readonly pytorch: string;
  readonly pytorch_command: string;
}

export interface ComparedCell {
  readonly path: string;
  readonly type: string;
  readonly output_shape: readonly number[];
  readonly kernel: readonly [number, number] | null;
  readonly stride: readonly [number, number] | null;
  readonly groups: number | null;
  readonly parameters: number;
  readonly macs: number;
  readonly field_size: readonly [number, number];
}

export interface Comparison {
  readonly cards: readonly Card[];
  readonly diagrams: readonly DiagramData[];
  readonly layers: readonly {
    readonly rows: readonly (ComparedCell | null)[];
    readonly differs: readonly string[];
  }[];
  readonly layers_depth: number | null;
  readonly equal_layers: number;
  readonly command: string;
}

export interface Times {
  readonly times: {
    readonly engine: string;
    readonly machine: string;
    readonly threads: number;
    readonly batch_size: number;
    readonly ms: number;
    readonly total_ms: number;
    readonly other_ms: number;
    readonly layers: readonly {
      readonly path: string;
      readonly ms: number;
      readonly share: number;
      readonly inside: string;
    }[];
    readonly measured: number;
  } | null;
  readonly job: Job | null;
}

type Outlines = Readonly<Record<string, readonly OutlineItem[]>>;

const asked = async <T>(route: string, query: object, signal?: AbortSignal): Promise<T> =>
  (await send("get", route, {
    query: query as Readonly<Record<string, string>>,
    ...(signal ? { signal } : {}),
  })) as T;

export const zooList = (signal?: AbortSignal): Promise<{ entries: readonly Entry[] }> =>
  asked("/api/zoo", {}, signal);
export const network = (name: string, signal?: AbortSignal): Promise<NetworkPage> =>
  asked("/api/zoo/network", { name }, signal);
export const source = (name: string, signal?: AbortSignal): Promise<Source> =>
  asked("/api/zoo/source", { name }, signal);
export const times = (name: string, signal?: AbortSignal): Promise<Times> =>
  asked("/api/zoo/times", { name }, signal);
export const comparison = (names: readonly string[], signal?: AbortSignal): Promise<Comparison> =>
  asked("/api/zoo/compare", { names }, signal);

let kept: Promise<Outlines> | null = null;

/** Return the outlines of all networks; they are loaded once. */
export function outlines(): Promise<Outlines> {
  kept ??= asked<Outlines>("/api/zoo/outlines", {}).catch((error: unknown) => {
    kept = null;
    throw error;
  });
  return kept;
}

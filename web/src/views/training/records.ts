/**
 * What the routes of training answer, as this view reads it.
 *
 * GET  /api/training/recipes?network=&data=   Recipes
 * GET  /api/training/schema                   JSON Schema of a recipe
 * POST /api/training/plan       Setup         Plan (also with faults: never an error of the form)
 * POST /api/training/measure    Setup         Measured
 * POST /api/training            Start         Job with `run`
 * GET  /api/training                          { runs: RunInfo[] }
 * GET  /api/training/{id}                     RunInfo
 * GET  /api/training/{id}/history?line=0      History
 * POST /api/training/{id}/control  Command    RunInfo
 * POST /api/training/{id}/resume              Job
 * GET  /api/training/{id}/watch               Watched
 * GET  /api/training/{id}/watch/frames/{step} Frame
 * GET  /api/training/{id}/watch/images/{n}    PNG of an image of the handful
 * Stream: `run` { ...RunInfo, history?: History }, `watch` { run, statistics?, predictions?, frame? }
 */

import type { LayerStatistics } from "$/engine/types";
import type { Role } from "$/model/types";

/** What is trained on what, and how. */
export interface Setup {
  /** Id or name of what is trained: zoo, saved network, model or run to fine-tune. */
  readonly network: string;
  readonly data: string;
  /** Name of a recipe; null for the one that is chosen for network and data. */
  readonly recipe: string | null;
  /** Settings that differ from the recipe, by name: `{"schedule.type": "Cosine"}`. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Input size such as `3x96x96`; "" for the network's own. */
  readonly input?: string;
}

export interface Start extends Setup {
  /** Name of the run folder; "" chooses one. */
  readonly name: string;
  readonly watch: boolean;
}

export interface RecipeEntry {
  readonly name: string;
  readonly summary: string;
  /** Measured claim of its docstring; "" without one. */
  readonly measured: string;
  readonly data: string;
  /** Whether it is the one that is chosen by default. */
  readonly chosen: boolean;
}

/** Seconds of a step: median, and the range of the steps that were timed. */
export interface Measured {
  readonly step_s: number;
  readonly low_s: number;
  readonly high_s: number;
  /** Where the figures come from, in words: steps timed now, or an earlier run. */
  readonly source: string;
}

export interface Plan {
  /** Name of the recipe in use, and the settings of the recipe alone and with the changes. */
  readonly recipe: string;
  readonly usual: Readonly<Record<string, unknown>>;
  readonly resolved: Readonly<Record<string, unknown>>;
  /** Sentences beside fields, by path (`optimiser.betas`, `network`, `data`). */
  readonly faults: Readonly<Record<string, string>>;
  /** What was guessed, resized or replaced: a sentence each. */
  readonly notes: readonly string[];
  readonly architecture: string;
  readonly parameters: number;
  /** Bytes of memory of a training step. */
  readonly memory: number;
  readonly steps_per_epoch: number;
  readonly total_steps: number;
  readonly training_samples: number;
  readonly validation_samples: number;
  readonly classes: readonly string[];
  /** Training images of each class. */
  readonly class_counts: readonly number[];
  /** Learning rate at some steps: corners of the schedule included. */
  readonly schedule: { readonly step: readonly number[]; readonly lr: readonly number[] };
  readonly estimate: Measured | null;
  readonly command: string;
}

/** State of a run folder. That a running one is paused is said by its events. */
export type RunState = "running" | "stopped" | "finished" | "failed" | "damaged";

/** A run, as `convscope runs --json` describes it, with its id. */
export interface RunRecord {
  readonly id: string;
  readonly name: string;
  readonly folder: string;
  readonly state: RunState;
  readonly architecture: string;
  readonly data: string;
  readonly parameters: number | null;
  readonly epochs: number;
  readonly epochs_done: number;
  readonly validation_accuracy: number | null;
  readonly time_s: number;
  readonly changed: string | null;
  readonly settings: Readonly<Record<string, unknown>>;
  /** Why it failed, or cannot be read. */
  readonly message: string;
}

/** Return the name of a run as people say it: without the folder that all of them are in. */
export const nameOf = ({ name }: RunRecord): string => name.replace(/^runs\//, "");

/** Events of a part of events.jsonl, in bytes, with the seconds of training at those of Step. */
export interface History {
  readonly from: number;
  readonly to: number;
  readonly events: readonly RunEvent[];
  /** Seconds of training at events of the type Step, in their order; null where unknown. */
  readonly seconds?: readonly (number | null)[];
}

/** A line of events.jsonl. */
export interface RunEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

export type Command =
  | { readonly command: "pause" | "resume" | "step" | "stop" }
  | { readonly command: "lr"; readonly lr: number }
  | { readonly command: "watch"; readonly on: boolean };

export interface WatchedLayer {
  readonly path: string;
  readonly type: string;
  readonly label: string;
  readonly role?: Role;
  readonly shape: readonly number[];
  readonly parameters: readonly string[];
}

export interface About {
  readonly architecture: string;
  readonly steps_per_epoch: number;
  readonly classes: readonly string[];
  readonly layers: readonly WatchedLayer[];
  readonly handful: readonly {
    readonly index: number;
    readonly label: number;
    readonly width: number;
    readonly height: number;
  }[];
}

export interface Statistics {
  readonly step: number;
  readonly epoch: number;
  readonly layers: readonly LayerStatistics[];
}

export interface Predictions {
  readonly step: number;
  readonly epoch: number;
  readonly images: readonly (readonly { readonly label: number; readonly share: number }[])[];
}

/** Numbers of 8 bits: value = (q - zero) scale. */
export interface FramePicture {
  readonly kind: "kernels" | "maps";
  readonly path: string;
  readonly shape: readonly number[];
  readonly total: number;
  readonly size: readonly [number, number];
  readonly zero: number;
  readonly scale: number;
  /** base64 */
  readonly values: string;
}

export interface FrameInfo {
  readonly step: number;
  readonly epoch: number;
}

export interface Frame extends FrameInfo {
  readonly pictures: readonly FramePicture[];
}

/** Everything that a watched run holds: the newest statistics, and the history of the handful. */
export interface Watched {
  readonly about: About | null;
  readonly statistics: Statistics | null;
  readonly predictions: readonly Predictions[];
  readonly frames: readonly FrameInfo[];
}

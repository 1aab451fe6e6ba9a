/** What the routes of training read and answer, under short names. */

import type { components } from "$/api/schema";

type Schemas = components["schemas"];

export type Setup = Schemas["Setup"];
export type Start = Schemas["Start"];
export type RecipeEntry = Schemas["RecipeEntry"];
export type Measured = Schemas["Measured"];
export type Plan = Schemas["TrainingPlan"];
/** A run. That a running one is paused is said by its events. */
export type RunRecord = Schemas["TrainingRun"];
export type About = Schemas["About"];
export type Statistics = Schemas["convscope__training__watching__records__Statistics"];
export type Predictions = Schemas["Predictions"];
export type Frame = Schemas["Frame"];
export type FramePicture = Schemas["Picture"];
export type FrameInfo = Schemas["FrameInfo"];
export type Watched = Schemas["Watched"];
export type LayerPoint = Schemas["LayerPoint"];
export type DataSet = Schemas["DataEntry"];

/** A network, saved network or trained model of the list of models. */
export interface Network {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  /** MODEL or ARCH on the command line. */
  readonly argument: string;
  readonly trained: boolean;
}

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
  readonly [field: string]: unknown;
}

/** A line of control.jsonl. */
export type Command =
  | { readonly command: "pause" | "resume" | "step" | "stop" }
  | { readonly command: "lr"; readonly lr: number }
  | { readonly command: "watch"; readonly on: boolean };

/** Return the name of a run as people say it: without the folder that all of them are in. */
export const nameOf = ({ name }: RunRecord): string => name.replace(/^runs\//, "");

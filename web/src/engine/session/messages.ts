/** Messages between a page and the worker that trains. */

import type { Architecture, LayerInfo, Problem, SessionOptions, Snapshot } from "$/engine/types";
import type { Data, Host } from "$/engine/session/session";

/** Methods of the host that the page calls. */
export type Method = Exclude<keyof Host, "trainer"> | "weights";

export type Request =
  | {
      readonly kind: "create";
      readonly id: number;
      readonly architecture: Architecture;
      readonly data: Data;
      readonly options: SessionOptions;
    }
  | {
      readonly kind: "call";
      readonly id: number;
      readonly method: Method;
      readonly argument: unknown;
    };

export interface Created {
  readonly layers: readonly LayerInfo[];
  readonly parameters: number;
}

export type Reply =
  | { readonly kind: "result"; readonly id: number; readonly value: unknown }
  | {
      readonly kind: "problem";
      readonly id: number;
      readonly problem: Problem | null;
      readonly text: string;
    }
  | { readonly kind: "snapshot"; readonly snapshot: Snapshot };

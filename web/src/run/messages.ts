/** Messages between the page and the worker. */

import type { Failure } from "$/lang/failure";
import type { Picture } from "$/model/types";
import type { Edits, TabEngine } from "$/run/types";

/** Names of values in the ONNX file. */
export interface Names {
  readonly image: string;
  readonly prepared: string;
  readonly probabilities: string;
}

/** One input, (1, H, W, C), and PyTorch's probabilities for it. */
export interface Golden {
  readonly picture: Picture;
  readonly probabilities: Float32Array;
  readonly tolerance: number;
}

export type Request =
  | {
      readonly kind: "start";
      readonly engine: TabEngine;
      readonly threads: number;
      readonly runtime: Uint8Array<ArrayBuffer>;
      readonly model: Uint8Array<ArrayBuffer>;
      readonly names: Names;
      readonly golden: Golden;
    }
  | { readonly kind: "run"; readonly picture: Picture; readonly layers: readonly string[] }
  | { readonly kind: "edit"; readonly edits: Edits };

export interface Output {
  readonly path: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export type Reply =
  | { readonly kind: "done" }
  | {
      readonly kind: "answer";
      readonly probabilities: Float32Array;
      readonly outputs: readonly Output[];
      readonly milliseconds: number;
    }
  | { readonly kind: "failure"; readonly failure: Failure };

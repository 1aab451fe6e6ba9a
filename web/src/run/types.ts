/** Forward passes of the exported model, in a worker. */

import type { Picture, Tensor } from "$/model/types";

export interface Answer {
  readonly probabilities: Float32Array;
  /** Outputs of the layers that were asked for, by path; "" is the prepared image. */
  readonly activations: ReadonlyMap<string, Tensor>;
  readonly milliseconds: number;
}

/** Changes of the network, in place of those before. */
export interface Edits {
  /** Values of parameters, by their name in the ONNX file. */
  readonly weights?: Readonly<Record<string, Float32Array>>;
  /** Channels that are set to 0, by the path of their layer. */
  readonly off?: Readonly<Record<string, readonly number[]>>;
}

export interface Runner {
  /** What really computes: shown on the page. */
  readonly engine: { readonly name: "WebAssembly" | "WebGPU"; readonly threads: number };
  run(picture: Picture, layers: readonly string[] | "all"): Promise<Answer>;
  edit(edits: Edits): Promise<void>;
  dispose(): void;
}

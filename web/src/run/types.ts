/** Forward passes of the exported model, in a worker. */

import type { Manifest, Picture, Tensor } from "$/model/types";

/** Where the bytes of an export come from: files beside the page, or texts inside it. */
export interface Source {
  /**
   * Returns the bytes of a file of the export, by its name in `model/`. `onpart` is called with the
   * received part of it, 0 to 1.
   */
  bytes(file: string, onpart?: (part: number) => void): Promise<Uint8Array<ArrayBuffer>>;
}

export interface Answer {
  readonly probabilities: Float32Array;
  /** Outputs of the layers that were requested, by path; "" is the prepared image. */
  readonly activations: ReadonlyMap<string, Tensor>;
  /** Time of the forward pass, without the way to the worker and back. */
  readonly milliseconds: number;
}

/** Numbers of a parameter by their place. */
export type Numbers = Readonly<Record<number, number>>;

/** Changes of the network, in place of those before; {} restores the original. */
export interface Edits {
  /** All values of parameters, by their name in the ONNX file. */
  readonly weights?: Readonly<Record<string, Float32Array>>;
  /** Single values of parameters, after those. */
  readonly values?: Readonly<Record<string, Numbers>>;
  /** Channels (or units of a vector) that are set to 0, by the path of their layer. */
  readonly off?: Readonly<Record<string, readonly number[]>>;
}

/** Engines of the tab; networks too large for it are computed by PyTorch in the studio. */
export type TabEngine = "WebAssembly" | "WebGPU";
export type EngineName = TabEngine | "PyTorch";

export interface Engine<Name extends EngineName = EngineName> {
  readonly name: Name;
  readonly threads: number;
}

export interface Runner {
  /** What really computes: shown on the page. */
  readonly engine: Engine;
  /** Engines that this browser may have and `use` can try. */
  readonly offers: readonly EngineName[];
  /**
   * Computes the answer for a picture, and the outputs of layers. A request replaces an older one
   * of the same lane that still waits: the older promise becomes null.
   */
  run(picture: Picture, layers: readonly string[] | "all", lane?: string): Promise<Answer | null>;
  edit(edits: Edits): Promise<void>;
  /**
   * Changes the engine, if it computes what PyTorch computed. Otherwise the engine before stays, and
   * the promise is rejected with a sentence.
   */
  use(name: EngineName): Promise<void>;
  dispose(): void;
}

/** What is loading, and the part of it that is there, 0 to 1. */
export interface Progress {
  readonly phase: "download" | "start" | "check";
  readonly part: number;
}

export interface RunnerOptions {
  readonly onprogress?: (progress: Progress) => void;
  /** Threads of WebAssembly; by default from the processor, and 1 without isolation. */
  readonly threads?: number;
}

/** Starts a runner. Errors are shown by `sentence` of `lang/failure`. */
export type CreateRunner = (
  source: Source,
  manifest: Manifest,
  options?: RunnerOptions,
) => Promise<Runner>;

/** Training in the tab: what a trainer takes and returns. */

import type { Key } from "$/lang/index.svelte";
import type { Tensor } from "$/model/types";

/** Something that cannot be done, as a text of the page: `text(problem.key, problem.values)`. */
export interface Problem {
  readonly key: Key;
  readonly values: Readonly<Record<string, string | number>>;
}

/** A block of an architecture's JSON form: a layer, or a composition of blocks. */
export interface Block {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** The JSON form of an architecture. Further fields (paper, facts) are kept and not read. */
export interface Architecture {
  readonly name: string;
  readonly input: readonly [channels: number, height: number, width: number];
  readonly num_classes: number;
  readonly block: Block;
}

/** Fields as in the recipes of Python. Biases and normalisations take no weight decay. */
export type Optimiser =
  | {
      readonly type: "SGD";
      readonly momentum: number;
      readonly nesterov: boolean;
      readonly weight_decay: number;
    }
  | {
      readonly type: "Adam" | "AdamW";
      readonly betas: readonly [number, number];
      readonly eps: number;
      readonly weight_decay: number;
    }
  | {
      readonly type: "Adadelta";
      readonly rho: number;
      readonly eps: number;
      readonly weight_decay: number;
    };

/** Distribution of the initial weights, as in Python's `network/initialise.py`. */
export type Scheme = "torch" | "he" | "xavier" | "lecun";

/** Settings that may change while training runs. */
export interface Settings {
  readonly learningRate: number;
  readonly optimiser: Optimiser;
  readonly batchSize: number;
  readonly labelSmoothing: number;
}

export interface TrainerOptions extends Partial<Settings> {
  readonly seed?: number;
  readonly init?: Scheme;
  /** Fused multiply-add where the browser has it: faster, and results depend on the hardware. */
  readonly relaxed?: boolean;
}

export interface LayerInfo {
  readonly path: string;
  readonly type: string;
  /** [C, H, W] or [F] of its output. */
  readonly shape: readonly number[];
  /** Names of its parameters in the state dict. */
  readonly parameters: readonly string[];
}

export interface StepResult {
  /** Mean over the images; with auxiliary heads the weighted sum. */
  readonly loss: number;
  readonly correct: number;
  readonly count: number;
}

export interface Histogram {
  readonly low: number;
  readonly high: number;
  readonly counts: readonly number[];
}

export interface ParameterStatistics {
  readonly name: string;
  readonly weightNorm: number;
  readonly gradientNorm: number;
  /** Norm of the last step's change over that of the weights; about 0.001 is usual. */
  readonly updateRatio: number;
  readonly weights: Histogram;
  readonly gradients: Histogram;
}

/** Of a layer's output over the last batch. Large layers are sampled. */
export interface LayerStatistics {
  readonly path: string;
  readonly mean: number;
  readonly std: number;
  /** Share of units that are 0 for every image of the batch. */
  readonly dead: number;
  /** Share of activations at an end of the range of a function that saturates. */
  readonly saturated: number;
  /** Root mean square of the loss's gradient at the output. */
  readonly gradientRms: number;
  readonly activations: Histogram;
  readonly parameters: readonly ParameterStatistics[];
}

/** A network that is trained, in this thread. Images are prepared float32, [N, C, H, W]. */
export interface Trainer {
  readonly layers: readonly LayerInfo[];
  readonly parameters: number;
  readonly settings: Settings;
  /** Bytes of its memory: constant while the batch size is. */
  readonly bytes: number;
  readonly steps: number;
  /** `detailed` collects what `statistics` returns, for a few per cent more time. */
  step(images: Float32Array, labels: ArrayLike<number>, detailed?: boolean): StepResult;
  evaluate(images: Float32Array, labels: ArrayLike<number>): StepResult;
  /** Probabilities, [N, classes]. */
  predict(images: Float32Array): Float32Array;
  /** Output of every layer for one image, by path; evaluation mode. */
  activations(image: Float32Array): Map<string, Tensor>;
  /** Right after a detailed step, of its batch. */
  statistics(bins?: number): LayerStatistics[];
  set(changes: Partial<Settings>): void;
  /** State dict: names and shapes as in PyTorch, running statistics included. */
  weights(): Map<string, Tensor>;
  /** Gradients of the last step, by the name of the parameter. */
  gradients(): Map<string, Tensor>;
  /** Throws an `EngineError` that names a tensor which is missing or of another shape. */
  load(weights: ReadonlyMap<string, Tensor>): void;
  /** New initial weights and optimiser state, from step 0. */
  restart(seed: number): void;
}

/** Labelled images: 8-bit pixels, [N, C, H, W]. */
export interface Images {
  readonly shape: readonly [channels: number, height: number, width: number];
  readonly pixels: Uint8Array;
  readonly labels: Uint8Array;
}

/** Random changes of each image of a training batch, as `Affine` and `Flip` of Python. */
export interface Augmentation {
  readonly degrees: number;
  readonly scale: number;
  readonly shiftPixels: number;
  readonly flip: boolean;
}

export interface SessionOptions extends TrainerOptions {
  readonly augmentation?: Augmentation;
  /** Preprocessing as in a model file: a Chain of Resize, CenterCrop and Normalize. */
  readonly preprocessing: Block;
  readonly labels: readonly string[];
  /** Evaluate on the test images every so many steps; 0 for never. */
  readonly evaluateEvery?: number;
  /** Weights to start from. */
  readonly weights?: ReadonlyMap<string, Tensor>;
}

/** Loss and share of correct answers of one step. */
export interface CurvePoint {
  readonly step: number;
  readonly loss: number;
  readonly accuracy: number;
}

export interface Evaluation extends CurvePoint {
  readonly count: number;
}

/** State of a session, posted at most 20 times a second. */
export interface Snapshot {
  readonly state: "running" | "paused" | "failed";
  readonly problem?: Problem;
  readonly step: number;
  readonly epoch: number;
  readonly images: number;
  /** Images a second, while running. */
  readonly rate: number;
  readonly bytes: number;
  /** Steps since the last snapshot. */
  readonly points: readonly CurvePoint[];
  /** Evaluations since the last snapshot. */
  readonly evaluations: readonly Evaluation[];
  /** About four times a second, if watched. */
  readonly statistics?: readonly LayerStatistics[];
  /** Probabilities of the watched images, if any, [N, classes]. */
  readonly watched?: Float32Array;
}

/** What a session shows beside the curves. */
export interface Watch {
  readonly statistics: boolean;
  /** Raw pixels of a fixed handful, [N, C, H, W], shape as the data. */
  readonly images?: Uint8Array;
}

/** A trainer in a worker, with its data. */
export interface Session {
  readonly layers: readonly LayerInfo[];
  readonly parameters: number;
  start(): void;
  pause(): void;
  /** One step, then paused. */
  stepOnce(): void;
  set(changes: Partial<Settings> & { readonly augmentation?: Augmentation }): void;
  watch(watch: Watch): void;
  /** Evaluate now; the result comes with a snapshot too. */
  evaluate(): Promise<Evaluation>;
  /** Probabilities of raw pixels, [N, C, H, W]. */
  predict(pixels: Uint8Array): Promise<Float32Array>;
  /** Activations of one raw image; "" is the prepared image. */
  activations(pixels: Uint8Array): Promise<ReadonlyMap<string, Tensor>>;
  weights(): Promise<ReadonlyMap<string, Tensor>>;
  load(weights: ReadonlyMap<string, Tensor>): Promise<void>;
  /** New initial weights and optimiser state, from step 0. */
  restart(seed: number): Promise<void>;
  /** A model file: opens in Python with `convscope.open`. */
  save(): Promise<Uint8Array<ArrayBuffer>>;
  dispose(): void;
}

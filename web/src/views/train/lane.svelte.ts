/** One network that trains: its session in a worker, and what the page shows of it. */

import { Series } from "$/curves/series";
import type { ImageSet, Split } from "$/data/images";
import { createSession, problemOf as engineProblem } from "$/engine";
import type {
  Architecture,
  Augmentation,
  Evaluation,
  Images,
  LayerInfo,
  LayerStatistics,
  Problem,
  Scheme,
  Session,
  Settings,
  Snapshot,
} from "$/engine/types";
import type { Tensor } from "$/model/types";
import { preprocessingFor } from "./network/fit";

export type State = "empty" | "loading" | "paused" | "running" | "failed";

/** What a session is built from; a change of any of it needs a new one. */
export interface Build {
  readonly architecture: Architecture;
  readonly init: Scheme;
  readonly seed: number;
  readonly images: ImageSet;
}

/** Steps between two evaluations on the held-out images. */
const EVALUATE_EVERY = 100;
/** Steps over which the shown loss and accuracy are averaged. */
const RECENT = 50;

function imagesOf(split: Split, shape: ImageSet["shape"]): Images {
  return { shape, pixels: split.pixels, labels: split.classes };
}

export interface CurveSet {
  readonly loss: Series;
  readonly accuracy: Series;
  readonly heldOutLoss: Series;
  readonly heldOutAccuracy: Series;
}

function curveSet(): CurveSet {
  return {
    loss: new Series(),
    accuracy: new Series(),
    heldOutLoss: new Series(),
    heldOutAccuracy: new Series(),
  };
}

export class Lane {
  state = $state<State>("empty");
  problem = $state.raw<Problem | null>(null);
  step = $state(0);
  epoch = $state(0);
  rate = $state(0);
  bytes = $state(0);
  seconds = $state(0);
  parameters = $state(0);
  layers = $state.raw<readonly LayerInfo[]>([]);
  statistics = $state.raw<readonly LayerStatistics[]>([]);
  evaluation = $state.raw<Evaluation | null>(null);
  /** Probabilities of the handful, [N, classes]. */
  watched = $state.raw<Float32Array | null>(null);
  /** Means over the last steps. */
  loss = $state(NaN);
  accuracy = $state(NaN);
  /** Counts additions to the curves, so that the charts draw again. */
  version = $state(0);

  /** The same curves over steps and over seconds of training. */
  readonly curves = { steps: curveSet(), seconds: curveSet() };

  #session: Session | null = null;
  #build: Build | null = null;
  #generation = 0;
  #startsWhenOpen = false;
  #opening: Promise<void> = Promise.resolve();
  #since = 0;
  #recent: { loss: number; accuracy: number }[] = [];
  #augmentation: Augmentation | null = null;
  #handful: Uint8Array | null = null;

  /** Build a new session; one that is still being built is dropped. */
  open(build: Build, settings: Settings, augmentation: Augmentation): Promise<void> {
    this.#opening = this.#open(build, settings, augmentation);
    return this.#opening;
  }

  async #open(build: Build, settings: Settings, augmentation: Augmentation): Promise<void> {
    const generation = ++this.#generation;
    this.#close();
    this.#build = build;
    this.state = "loading";
    const { architecture, images, init, seed } = build;
    const { shape } = images;
    const data = { train: imagesOf(images.train, shape), test: imagesOf(images.heldOut, shape) };
    const preprocessing = preprocessingFor(architecture.input, images);
    this.#augmentation = augmentation;
    const changes = changesOf(augmentation);
    const options = { ...settings, init, seed, preprocessing };
    const further = changes ? { augmentation: changes } : {};
    try {
      const session = await createSession(
        architecture,
        data,
        { ...options, ...further, labels: images.labels, evaluateEvery: EVALUATE_EVERY },
        (snapshot) => {
          if (generation === this.#generation) this.#take(snapshot);
        },
      );
      if (generation !== this.#generation) {
        session.dispose();
        return;
      }
      this.#session = session;
      this.layers = session.layers;
      this.parameters = session.parameters;
      this.state = "paused";
      this.#watch();
      // what it answers before training: guesses
      await session.evaluate();
      if (this.#startsWhenOpen) this.start();
      this.#startsWhenOpen = false;
    } catch (error) {
      if (generation !== this.#generation) return;
      this.state = "failed";
      this.problem = problemOf(error);
    }
  }

  /** Wait until a session is open, or cannot be. */
  async ready(): Promise<void> {
    await this.#opening;
  }

  start(): void {
    // one of two networks may be ready before the other: they start together
    if (this.state === "loading") this.#startsWhenOpen = true;
    if (!this.#session || this.state !== "paused") return;
    this.#since = performance.now();
    this.state = "running";
    this.#session.start();
  }

  pause(): void {
    this.#startsWhenOpen = false;
    if (this.state !== "running") return;
    this.#session?.pause();
    this.state = "paused";
  }

  stepOnce(): void {
    if (this.state === "paused") this.#session?.stepOnce();
  }

  set(settings: Settings, augmentation: Augmentation): void {
    const changed = augmentation !== this.#augmentation;
    this.#augmentation = augmentation;
    // images that were never changed take a quicker way: see changesOf
    this.#session?.set({ ...settings, ...(changed ? { augmentation } : {}) });
  }

  /** Raw pixels of the images whose predictions are shown, [N, C, H, W]. */
  watch(pixels: Uint8Array): void {
    this.#handful = pixels;
    this.#watch();
  }

  #watch(): void {
    const images = this.#handful;
    this.#session?.watch({ statistics: true, ...(images ? { images } : {}) });
  }

  async restart(seed: number): Promise<void> {
    if (!this.#session) return;
    this.pause();
    await this.#session.restart(seed);
    this.#clear();
    this.state = "paused";
    this.#watch();
  }

  async weights(): Promise<ReadonlyMap<string, Tensor>> {
    return (await this.#session?.weights()) ?? new Map<string, Tensor>();
  }

  async activations(pixels: Uint8Array): Promise<ReadonlyMap<string, Tensor>> {
    return (await this.#session?.activations(pixels)) ?? new Map<string, Tensor>();
  }

  /** Probabilities of raw pixels [N, C, H, W], [N, classes]; null without a session. */
  async predict(pixels: Uint8Array): Promise<Float32Array | null> {
    return (await this.#session?.predict(pixels)) ?? null;
  }

  async load(weights: ReadonlyMap<string, Tensor>): Promise<void> {
    if (!this.#session) return;
    await this.#session.load(weights);
    this.evaluation = await this.#session.evaluate();
  }

  async save(): Promise<Uint8Array<ArrayBuffer> | null> {
    return (await this.#session?.save()) ?? null;
  }

  /** Whether a session of the same parts is open. */
  isOpen(build: Build): boolean {
    const own = this.#build;
    return (
      own !== null &&
      own.architecture === build.architecture &&
      own.init === build.init &&
      own.seed === build.seed &&
      own.images === build.images
    );
  }

  dispose(): void {
    this.#generation += 1;
    this.#close();
  }

  #close(): void {
    this.#session?.dispose();
    this.#session = null;
    this.#build = null;
    this.layers = [];
    this.state = "empty";
    this.#clear();
  }

  #clear(): void {
    for (const curves of Object.values(this.curves)) {
      for (const series of Object.values(curves)) (series as Series).clear();
    }
    this.#recent = [];
    this.problem = null;
    this.statistics = [];
    this.evaluation = null;
    this.watched = null;
    this.step = 0;
    this.epoch = 0;
    this.rate = 0;
    this.seconds = 0;
    this.loss = NaN;
    this.accuracy = NaN;
    this.version += 1;
  }

  #take(snapshot: Snapshot): void {
    const now = performance.now();
    const before = this.seconds;
    if (this.state === "running") this.seconds += (now - this.#since) / 1000;
    this.#since = now;
    this.step = snapshot.step;
    this.epoch = snapshot.images / (this.#build?.images.train.count ?? 1);
    this.#measure(snapshot.rate);
    this.bytes = snapshot.bytes;
    // start and pause are the reader's: a snapshot that was on its way then tells an older state
    if (snapshot.state === "failed") {
      this.state = "failed";
      this.problem = snapshot.problem ?? null;
    }
    this.#extend(snapshot, before);
    if (snapshot.statistics) this.statistics = snapshot.statistics;
    if (snapshot.watched) this.watched = snapshot.watched;
  }

  /** A mean over about a second: single snapshots hold more or fewer steps. */
  #measure(rate: number): void {
    if (this.state !== "running" || rate === 0) return;
    this.rate = this.rate === 0 ? rate : 0.9 * this.rate + 0.1 * rate;
  }

  #extend({ points, evaluations }: Snapshot, before: number): void {
    const { steps, seconds } = this.curves;
    points.forEach(({ step, loss, accuracy }, index) => {
      // the points of a snapshot are spread over the time since the last one
      const time = before + ((index + 1) / points.length) * (this.seconds - before);
      steps.loss.add(step, loss);
      steps.accuracy.add(step, accuracy);
      seconds.loss.add(time, loss);
      seconds.accuracy.add(time, accuracy);
      this.#recent.push({ loss, accuracy });
    });
    this.#recent = this.#recent.slice(-RECENT);
    for (const evaluation of evaluations) {
      steps.heldOutLoss.add(evaluation.step, evaluation.loss);
      steps.heldOutAccuracy.add(evaluation.step, evaluation.accuracy);
      seconds.heldOutLoss.add(this.seconds, evaluation.loss);
      seconds.heldOutAccuracy.add(this.seconds, evaluation.accuracy);
      this.evaluation = evaluation;
    }
    if (points.length > 0) {
      const mean = (key: "loss" | "accuracy"): number =>
        this.#recent.reduce((sum, point) => sum + point[key], 0) / this.#recent.length;
      this.loss = mean("loss");
      this.accuracy = mean("accuracy");
    }
    if (points.length > 0 || evaluations.length > 0) this.version += 1;
  }
}

/** Return what went wrong in words: an error of the engine carries its own. */
export function problemOf(error: unknown): Problem {
  const reason = error instanceof Error ? error.message : String(error);
  return engineProblem(error) ?? { key: "train.failed", values: { reason } };
}

/** Images that stay as they are need no time for it. */
function changesOf(augmentation: Augmentation): Augmentation | null {
  const { degrees, scale, shiftPixels, flip } = augmentation;
  return degrees > 0 || scale > 0 || shiftPixels > 0 || flip ? augmentation : null;
}

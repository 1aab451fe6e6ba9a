/** Training on a data set, in pieces of a few milliseconds between which messages are read. */

import { augment, createPreparation, prepare, type Preparation } from "$/engine/session/prepare";
import { engineError, problemOf } from "$/engine/problem";
import { createRandom, permutation, type Random } from "$/engine/random";
import { createTrainer } from "$/engine/trainer";
import type {
  Architecture,
  Augmentation,
  CurvePoint,
  Evaluation,
  Images,
  Problem,
  SessionOptions,
  Settings,
  Snapshot,
  Trainer,
  Watch,
} from "$/engine/types";
import type { Tensor } from "$/model/types";

/** Milliseconds between snapshots, statistics, and predictions of the watched images. */
const EVERY = { snapshot: 50, statistics: 250, watched: 200 };
/** Milliseconds of steps without a look at the messages. */
const SLICE = 12;

export interface Data {
  readonly train: Images;
  readonly test: Images;
}

interface Loop {
  readonly trainer: Trainer;
  readonly data: Data;
  readonly preparation: Preparation;
  readonly listen: (snapshot: Snapshot) => void;
  readonly evaluateEvery: number;
  augmentation: Augmentation | null;
  random: Random;
  order: Int32Array;
  /** Place in the order of the epoch. */
  next: number;
  epoch: number;
  images: number;
  running: boolean;
  problem: Problem | null;
  watch: Watch;
  points: CurvePoint[];
  evaluations: Evaluation[];
  last: { snapshot: number; statistics: number; watched: number; images: number };
}

const numbers = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Prepare images; `order` names those of a data set. */
function prepared(p: Preparation, pixels: Uint8Array, order: ArrayLike<number>): Float32Array {
  const [from, to] = [numbers(p.input), numbers(p.output)];
  const result = new Float32Array(order.length * to);
  for (let n = 0; n < order.length; n++) prepare(p, pixels, (order[n] ?? 0) * from, result, n * to);
  return result;
}

function augmented(loop: Loop, augmentation: Augmentation, order: Int32Array): Float32Array {
  const { preparation: p, data, random } = loop;
  const [from, to] = [numbers(p.input), numbers(p.output)];
  const changed = new Float32Array(from);
  const result = new Float32Array(order.length * to);
  order.forEach((image, n) => {
    augment(data.train.pixels, image * from, p.input, augmentation, random, changed);
    prepare(p, changed, 0, result, n * to);
  });
  return result;
}

/** The images of the next step; the last incomplete batch of an epoch is dropped. */
function nextBatch(loop: Loop): Int32Array {
  const size = Math.min(loop.trainer.settings.batchSize, loop.order.length);
  if (loop.next + size > loop.order.length) {
    loop.order = permutation(loop.order.length, loop.random);
    loop.next = 0;
    loop.epoch += 1;
  }
  loop.next += size;
  return loop.order.subarray(loop.next - size, loop.next);
}

function step(loop: Loop, detailed: boolean): void {
  const { trainer, data, preparation } = loop;
  const order = nextBatch(loop);
  const images = loop.augmentation
    ? augmented(loop, loop.augmentation, order)
    : prepared(preparation, data.train.pixels, order);
  const labels = Array.from(order, (image) => data.train.labels[image] ?? 0);
  const { loss, correct, count } = trainer.step(images, labels, detailed);
  loop.images += count;
  loop.points.push({ step: trainer.steps, loss, accuracy: correct / count });
}

function evaluate(loop: Loop): Evaluation {
  const { trainer, data, preparation } = loop;
  const total = data.test.labels.length;
  let [loss, correct] = [0, 0];
  for (let start = 0; start < total; start += 256) {
    const order = Array.from({ length: Math.min(256, total - start) }, (_, i) => start + i);
    const labels = data.test.labels.subarray(start, start + order.length);
    const part = trainer.evaluate(prepared(preparation, data.test.pixels, order), labels);
    loss += part.loss * part.count;
    correct += part.correct;
  }
  const result = {
    step: trainer.steps,
    loss: loss / total,
    accuracy: correct / total,
    count: total,
  };
  loop.evaluations.push(result);
  return result;
}

const all = (pixels: Uint8Array, p: Preparation): number[] =>
  Array.from({ length: pixels.length / numbers(p.input) }, (_, i) => i);

function snapshot(loop: Loop, statistics?: Snapshot["statistics"]): void {
  const { trainer, last, watch, preparation } = loop;
  const now = performance.now();
  const seconds = (now - last.snapshot) / 1000;
  const due = watch.images && (!loop.running || now - last.watched >= EVERY.watched);
  const watched =
    due && watch.images
      ? trainer.predict(prepared(preparation, watch.images, all(watch.images, preparation)))
      : null;
  if (watched) last.watched = now;
  loop.listen({
    state: loop.problem ? "failed" : loop.running ? "running" : "paused",
    ...(loop.problem ? { problem: loop.problem } : {}),
    ...{ step: trainer.steps, epoch: loop.epoch, images: loop.images, bytes: trainer.bytes },
    rate: seconds > 0 ? (loop.images - last.images) / seconds : 0,
    ...{ points: loop.points, evaluations: loop.evaluations },
    ...(statistics ? { statistics } : {}),
    ...(watched ? { watched } : {}),
  });
  loop.points = [];
  loop.evaluations = [];
  last.snapshot = now;
  last.images = loop.images;
}

/** One step, and what follows from it; failures stop the run with a sentence. */
function advance(loop: Loop): Snapshot["statistics"] {
  const { trainer, last, watch } = loop;
  const now = performance.now();
  const detailed = watch.statistics && (!loop.running || now - last.statistics >= EVERY.statistics);
  try {
    step(loop, detailed);
    const statistics = detailed ? trainer.statistics() : undefined;
    if (detailed) last.statistics = now;
    if (loop.evaluateEvery && trainer.steps % loop.evaluateEvery === 0) evaluate(loop);
    return statistics;
  } catch (error) {
    const problem = problemOf(error);
    if (!problem) throw error;
    loop.problem = problem;
    loop.running = false;
    return undefined;
  }
}

/** Steps for a few milliseconds, a snapshot if it is time; then messages, then the next slice. */
function slice(loop: Loop, again: () => void): void {
  if (!loop.running) return;
  const end = performance.now() + SLICE;
  let statistics: Snapshot["statistics"];
  do statistics = advance(loop) ?? statistics;
  while (loop.running && !statistics && performance.now() < end);
  const due = performance.now() - loop.last.snapshot >= EVERY.snapshot;
  if (due || statistics || !loop.running) snapshot(loop, statistics);
  if (loop.running) again();
}

/** What a worker does for a `Session`; every method may be called between two slices. */
export interface Host {
  readonly trainer: Trainer;
  start(): void;
  pause(): void;
  stepOnce(): void;
  set(changes: Partial<Settings> & { readonly augmentation?: Augmentation | null }): void;
  watch(watch: Watch): void;
  evaluate(): Evaluation;
  predict(pixels: Uint8Array): Float32Array;
  activations(pixels: Uint8Array): Map<string, Tensor>;
  load(weights: ReadonlyMap<string, Tensor>): void;
  restart(seed: number): void;
}

function check(images: Images): void {
  const count = images.labels.length;
  if (!count || images.pixels.length !== count * numbers(images.shape))
    throw engineError("engine.images", {
      numbers: images.pixels.length,
      expected: numbers(images.shape),
    });
}

function begin(loop: Loop, seed: number): void {
  loop.random = createRandom(seed + 1);
  loop.order = permutation(loop.data.train.labels.length, loop.random);
  Object.assign(loop, { next: 0, epoch: 0, images: 0, problem: null, points: [], evaluations: [] });
  Object.assign(loop.last, { images: 0 });
}

/** @param later runs a slice after the messages that wait */
export async function createHost(
  architecture: Architecture,
  data: Data,
  options: SessionOptions,
  listen: (snapshot: Snapshot) => void,
  later: (run: () => void) => void,
): Promise<Host> {
  check(data.train);
  check(data.test);
  const { augmentation, preprocessing, evaluateEvery = 0, weights } = options;
  const preparation = createPreparation(preprocessing, data.train.shape, architecture.input);
  const trainer = await createTrainer(architecture, options);
  if (weights) trainer.load(weights);
  const seed = options.seed ?? 0;
  const loop: Loop = {
    ...{ trainer, data, preparation, listen, evaluateEvery, augmentation: augmentation ?? null },
    ...{ random: createRandom(seed), order: new Int32Array(), next: 0, epoch: 0, images: 0 },
    ...{ running: false, problem: null, watch: { statistics: false }, points: [], evaluations: [] },
    last: { snapshot: performance.now(), statistics: 0, watched: 0, images: 0 },
  };
  begin(loop, seed);
  const run = (): void => slice(loop, () => later(run));
  return hostOf(loop, () => later(run));
}

function hostOf(loop: Loop, run: () => void): Host {
  const { trainer, preparation } = loop;
  return {
    trainer,
    start() {
      if (loop.running || loop.problem) return;
      loop.running = true;
      Object.assign(loop.last, { snapshot: performance.now(), images: loop.images });
      run();
    },
    pause() {
      if (!loop.running) return;
      loop.running = false;
      snapshot(loop);
    },
    stepOnce() {
      loop.running = false;
      if (!loop.problem) snapshot(loop, advance(loop));
    },
    set({ augmentation, ...changes }) {
      if (augmentation !== undefined) loop.augmentation = augmentation;
      trainer.set(changes);
    },
    watch(watch) {
      loop.watch = watch;
      if (!loop.running) snapshot(loop);
    },
    evaluate() {
      const result = evaluate(loop);
      if (!loop.running) snapshot(loop);
      return result;
    },
    predict: (pixels) => trainer.predict(prepared(preparation, pixels, all(pixels, preparation))),
    activations(pixels) {
      const image = prepared(preparation, pixels, [0]);
      return new Map([
        ["", { shape: preparation.output, data: image }],
        ...trainer.activations(image),
      ]);
    },
    load(weights) {
      trainer.load(weights);
      loop.problem = null;
    },
    restart(seed) {
      trainer.restart(seed);
      begin(loop, seed);
      if (!loop.running) snapshot(loop);
    },
  };
}

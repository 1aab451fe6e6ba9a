/** Training without a page: `e2e/` and `benchmarks/web/` call it. */

import { createSession, createTrainer, readModel, supports } from "$/engine";
import { hasRelaxedSimd } from "$/engine/wasm/kernels";
import type {
  Architecture,
  Block,
  Evaluation,
  SessionOptions,
  Snapshot,
  TrainerOptions,
} from "$/engine/types";
import type { Tensor } from "$/model/types";

/** Shape, and float32 numbers as base64. */
interface Raw {
  readonly shape: readonly number[];
  readonly data: string;
}

const bytes = (base64: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
const floats = (base64: string): Float32Array => new Float32Array(bytes(base64).buffer);

function base64(all: Uint8Array): string {
  let text = "";
  for (let k = 0; k < all.length; k += 32768)
    text += String.fromCharCode(...all.subarray(k, k + 32768));
  return btoa(text);
}

const raw = ({ shape, data }: Tensor): Raw => ({
  shape,
  data: base64(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
});
const rawMap = (tensors: ReadonlyMap<string, Tensor>): Record<string, Raw> =>
  Object.fromEntries([...tensors].map(([name, tensor]) => [name, raw(tensor)]));
const tensorMap = (raws: Record<string, Raw>): Map<string, Tensor> =>
  new Map(
    Object.entries(raws).map(([name, { shape, data }]) => [name, { shape, data: floats(data) }]),
  );

interface Digits {
  readonly shape: readonly [number, number, number];
  readonly pixels: string;
  readonly labels: string;
}

const digits = ({ shape, pixels, labels }: Digits) => ({
  ...{ shape, pixels: bytes(pixels), labels: bytes(labels) },
});

function waiting(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

/** Images a second of steps on random images in this thread. */
async function rate(architecture: Architecture, options: TrainerOptions, seconds: number) {
  const trainer = await createTrainer(architecture, options);
  const [channels, height, width] = architecture.input;
  const count = trainer.settings.batchSize;
  const images = Float32Array.from({ length: count * channels * height * width }, Math.random);
  const labels = Array.from({ length: count }, (_, i) => i % architecture.num_classes);
  for (let i = 0; i < 5; i++) trainer.step(images, labels);
  const begin = performance.now();
  let steps = 0;
  for (; performance.now() - begin < 1000 * seconds; steps++) trainer.step(images, labels);
  return (1000 * steps * count) / (performance.now() - begin);
}

/** Train until an evaluation reaches `target`; returns the seconds since the first step. */
async function reach(
  architecture: Architecture,
  train: Digits,
  test: Digits,
  options: SessionOptions,
  target: number,
  limit: number,
) {
  let frames = 0;
  let longest = 0;
  let last = performance.now();
  let counting = true;
  const frame = (now: number): void => {
    frames += 1;
    longest = Math.max(longest, now - last);
    last = now;
    if (counting) requestAnimationFrame(frame);
  };
  const evaluations: (Evaluation & { readonly seconds: number })[] = [];
  let snapshots = 0;
  let rates: number[] = [];
  const { promise, resolve } = waiting();
  let begin = performance.now();
  const listen = (snapshot: Snapshot): void => {
    const seconds = (performance.now() - begin) / 1000;
    snapshots += 1;
    if (snapshot.state === "running") rates.push(snapshot.rate);
    for (const evaluation of snapshot.evaluations) evaluations.push({ ...evaluation, seconds });
    const reached = snapshot.evaluations.some(({ accuracy }) => accuracy >= target);
    if (reached || seconds > limit || snapshot.state === "failed") resolve();
  };
  const data = { train: digits(train), test: digits(test) };
  const session = await createSession(architecture, data, options, listen);
  begin = last = performance.now();
  requestAnimationFrame(frame);
  session.start();
  await promise;
  counting = false;
  const seconds = (performance.now() - begin) / 1000;
  session.pause();
  session.dispose();
  rates = rates.sort((a, b) => a - b);
  return {
    ...{ seconds, evaluations, frames: frames / seconds, longest, snapshots: snapshots / seconds },
    rate: rates[Math.floor(rates.length / 2)] ?? 0,
  };
}

/** Steps of a trainer from given weights; returns losses, gradients and weights. */
async function steps(
  architecture: Architecture,
  weights: Record<string, Raw>,
  batches: readonly { readonly images: string; readonly labels: readonly number[] }[],
  options: TrainerOptions,
) {
  const trainer = await createTrainer(architecture, options);
  trainer.load(tensorMap(weights));
  const losses = batches.map(({ images, labels }) => trainer.step(floats(images), labels).loss);
  const predicted = raw({ shape: [], data: trainer.predict(floats(batches[0]?.images ?? "")) });
  const gradients = rawMap(trainer.gradients());
  return { losses, gradients, weights: rawMap(trainer.weights()), predicted };
}

/** Train some steps in a worker and return the model file; its predictions of the test images. */
async function save(
  architecture: Architecture,
  train: Digits,
  test: Digits,
  options: SessionOptions,
  count: number,
) {
  const { promise, resolve } = waiting();
  const listen = ({ step }: Snapshot): void => {
    if (step >= count) resolve();
  };
  const data = { train: digits(train), test: digits(test) };
  const session = await createSession(architecture, data, options, listen);
  session.start();
  await promise;
  session.pause();
  const predicted = await session.predict(data.test.pixels);
  const file = await session.save();
  const evaluation = await session.evaluate();
  session.dispose();
  return { file: base64(file), predicted: raw({ shape: [], data: predicted }), evaluation };
}

/** Open a model file, predict raw images, and save it again. */
async function open(file: string, images: Digits) {
  const { architecture, labels, preprocessing, weights } = readModel(bytes(file));
  const data = { train: digits(images), test: digits(images) };
  const options: SessionOptions = { labels, preprocessing: preprocessing as Block, weights };
  const session = await createSession(architecture, data, options, () => undefined);
  const predicted = raw({ shape: [], data: await session.predict(data.test.pixels) });
  const again = base64(await session.save());
  session.dispose();
  return { predicted, again };
}

/** Bytes of the trainer's memory and of the heap, before and after many steps. */
async function memory(architecture: Architecture, count: number) {
  const trainer = await createTrainer(architecture, { batchSize: 8 });
  const size = architecture.input[0] * architecture.input[1] * architecture.input[2];
  const images = Float32Array.from({ length: 8 * size }, Math.random);
  const labels = Array.from({ length: 8 }, (_, i) => i % architecture.num_classes);
  for (let i = 0; i < 100; i++) trainer.step(images, labels, i % 10 === 0);
  const before = trainer.bytes;
  for (let i = 0; i < count; i++) trainer.step(images, labels, i % 10 === 0);
  return { before, after: trainer.bytes, steps: trainer.steps };
}

const engine = { rate, reach, steps, save, open, memory, supports, hasRelaxedSimd };

export type EngineHarness = typeof engine;
Object.assign(globalThis, { engine });

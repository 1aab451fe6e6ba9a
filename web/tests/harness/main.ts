/** Parts of the page without a page: `e2e/` calls them. */

import { explain } from "$/explain";
import { failureOf } from "$/lang/failure";
import { sentence } from "$/lang/sentence";
import { read } from "$/input/read";
import type { Target } from "$/input/types";
import type { Manifest, Picture } from "$/model/types";
import { createRunner, folderSource } from "$/run";
import { weightsOf, type ReadWeights } from "$/views/look/weights";
import type { Edits, EngineName, Progress, Runner, RunnerOptions } from "$/run/types";

interface Raw {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  /** Base64. */
  readonly data: string;
}

const bytes = (base64: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));

const picture = (raw: Raw): Picture => ({ ...raw, data: bytes(raw.data) });

const base64 = ({ buffer, byteOffset, byteLength }: Float32Array | Uint8Array): string => {
  let text = "";
  const all = new Uint8Array(buffer, byteOffset, byteLength);
  for (let k = 0; k < all.length; k += 32768)
    text += String.fromCharCode(...all.subarray(k, k + 32768));
  return btoa(text);
};

let runner: Runner | null = null;
let manifest: Manifest | null = null;
let readWeights: ReadWeights | null = null;
const current = (): Runner => {
  if (!runner) throw new Error("no runner");
  return runner;
};

/** Returns the result, or {failure: key, sentence} of an error. */
async function attempt<T>(task: () => Promise<T>) {
  try {
    return await task();
  } catch (error) {
    return { failure: failureOf(error).key, sentence: sentence(error) };
  }
}

const harness = {
  start: (options: RunnerOptions = {}) =>
    attempt(async () => {
      manifest = (await (await fetch("model/model.json")).json()) as Manifest;
      const phases: Progress[] = [];
      const onprogress = (progress: Progress): void => void phases.push(progress);
      runner = await createRunner(folderSource("model/"), manifest, { ...options, onprogress });
      return { engine: runner.engine, offers: runner.offers, phases };
    }),
  run: (raw: Raw, layers: string[] | "all" = []) =>
    attempt(async () => {
      const begin = performance.now();
      const answer = await current().run(picture(raw), layers);
      if (!answer) return null;
      const whole = performance.now() - begin;
      return {
        probabilities: base64(answer.probabilities),
        activations: Object.fromEntries(
          [...answer.activations].map(([path, { shape, data }]) => [
            path,
            { shape: [...shape], data: base64(data) },
          ]),
        ),
        milliseconds: answer.milliseconds,
        whole,
      };
    }),
  /** Runs the same picture many times; returns the times of whole requests in milliseconds. */
  times: (raw: Raw, layers: string[] | "all", count: number) =>
    attempt(async () => {
      const own = picture(raw);
      const times: number[] = [];
      for (let k = 0; k < count; k += 1) {
        const begin = performance.now();
        await current().run(own, layers);
        times.push(performance.now() - begin);
      }
      return times;
    }),
  /** Requests all at once; returns which were computed. */
  burst: (raw: Raw, lanes: string[]) =>
    attempt(async () => {
      const own = picture(raw);
      const all = lanes.map((lane) => current().run(own, [], lane));
      return (await Promise.all(all)).map((answer) => answer !== null);
    }),
  edit: (weights: Record<string, string>, off: NonNullable<Edits["off"]>) =>
    attempt(async () => {
      const begin = performance.now();
      const values = Object.entries(weights).map(
        ([name, data]) => [name, new Float32Array(bytes(data).buffer as ArrayBuffer)] as const,
      );
      await current().edit({ weights: Object.fromEntries(values), off });
      return performance.now() - begin;
    }),
  /** Explains units; returns the computed values, the engine's, and the largest of each layer. */
  explained: (raw: Raw, units: readonly (readonly [path: string, index: number])[]) =>
    attempt(async () => {
      const known = manifest;
      if (!known) throw new Error("no manifest");
      const file = await fetch(`model/${known.onnx.file}`);
      readWeights ??= weightsOf(new Uint8Array(await file.arrayBuffer()));
      const layers = ["", ...known.steps.map((step) => step.path)];
      const answer = await current().run(picture(raw), layers);
      const read = readWeights;
      return units.map(([path, index]) => {
        const step = known.steps.find((one) => one.path === path);
        const output = answer?.activations.get(path);
        if (!step || !output) throw new Error(`no layer ${path}`);
        const inputs = step.inputs.flatMap((one) => answer?.activations.get(one) ?? []);
        const { value } = explain(step, index, inputs, read(step));
        const largest = output.data.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
        return { path, index, value, activation: output.data[index], largest };
      });
    }),
  use: (name: EngineName) =>
    attempt(async () => {
      await current().use(name);
      return current().engine;
    }),
  /** Reads an image file. */
  read: (data: string, target: Target) =>
    attempt(async () => {
      const { picture, notes } = await read(new Blob([bytes(data)]), "file", target);
      const { width, height, channels } = picture;
      const text = base64(picture.data);
      return { width, height, channels, data: text, notes: notes.map(({ key }) => key) };
    }),
  /** Reads an image file and classifies it. */
  classify: (data: string, target: Target) =>
    attempt(async () => {
      const { picture } = await read(new Blob([bytes(data)]), "file", target);
      const answer = await current().run(picture, []);
      return answer && base64(answer.probabilities);
    }),
  dispose: () => runner?.dispose(),
};

export type Harness = typeof harness;
Object.assign(globalThis, { harness });

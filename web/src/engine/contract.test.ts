/** Training compared with PyTorch. `e2e/test_engine_contract.py` writes the cases and runs this. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createGraph, type Node } from "$/engine/graph";
import { supports } from "$/engine/index";
import { loadKernels } from "$/engine/wasm/kernels";
import { LAYERS } from "$/engine/layers";
import { size } from "$/engine/layers/rule";
import { createArena } from "$/engine/wasm/memory";
import { createParameters, readGradients, writeWeights } from "$/engine/parameters";
import { createPlan } from "$/engine/plan";
import { createTrainer } from "$/engine/trainer";
import type { Architecture, Optimiser } from "$/engine/types";
import type { Tensor } from "$/model/types";

interface Stored {
  readonly shape: readonly number[];
  readonly offset: number;
}
type State = Readonly<Record<string, Stored>>;

interface StepCase {
  readonly kind: "step";
  readonly name: string;
  readonly architecture: Architecture;
  readonly weights: State;
  readonly images: Stored;
  readonly labels: readonly number[];
  readonly smoothing: number;
  /** Whether a layer draws random numbers in training. */
  readonly random: boolean;
  readonly predicted: Stored;
  readonly evaluated: State;
  readonly loss: number;
  readonly outputs: State;
  readonly outputGradients: State;
  readonly gradients: State;
  readonly buffers: State;
}

interface StepsCase {
  readonly kind: "steps";
  readonly name: string;
  readonly architecture: Architecture;
  readonly weights: State;
  readonly optimiser: Optimiser;
  readonly lr: number;
  readonly batches: readonly { readonly images: Stored; readonly labels: readonly number[] }[];
  readonly losses: readonly number[];
  readonly after: State;
}

const folder = process.env.ENGINE_CASES ?? "";

function load(): { cases: (StepCase | StepsCase)[]; numbers: Float32Array } {
  if (folder === "") return { cases: [], numbers: new Float32Array() };
  const bytes = readFileSync(join(folder, "numbers.bin"));
  const numbers = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  const text = readFileSync(join(folder, "cases.json"), "utf8");
  return { cases: JSON.parse(text) as (StepCase | StepsCase)[], numbers };
}

const { cases, numbers } = load();

const tensor = ({ shape, offset }: Stored): Tensor => ({
  shape,
  data: numbers.subarray(offset, offset + size(shape)),
});

const tensors = (state: State): Map<string, Tensor> =>
  new Map(Object.entries(state).map(([name, stored]) => [name, tensor(stored)]));

const RELATIVE = 1e-4;

/** Compare with `expected`; the tolerance is a share of its largest number, or of `scale`. */
function compare(name: string, actual: Float32Array, expected: Float32Array, scale = 0): void {
  expect(actual.length, name).toBe(expected.length);
  let [largest, worst] = [scale, 0];
  for (let i = 0; i < expected.length; i++) {
    largest = Math.max(largest, Math.abs(expected[i] ?? 0));
    const error = Math.abs((actual[i] ?? NaN) - (expected[i] ?? 0));
    worst = Number.isNaN(error) ? Infinity : Math.max(worst, error);
  }
  expect(
    worst,
    `${name}: largest error, where the largest number is ${largest}`,
  ).toBeLessThanOrEqual(RELATIVE * largest);
}

/** [units][batch] in memory -> [count][units]. */
function images(memory: Float32Array, batch: number, count: number): Float32Array {
  const units = memory.length / batch;
  const result = new Float32Array(units * count);
  for (let n = 0; n < count; n++)
    for (let i = 0; i < units; i++) result[n * units + i] = memory[i * batch + n] ?? 0;
  return result;
}

/** Gradients below this share of the largest one of the network are rounding errors of others. */
const largest = (state: Map<string, Tensor>): number =>
  Math.max(
    ...[...state.values()].map(({ data }) => data.reduce((m, x) => Math.max(m, Math.abs(x)), 0)),
  );

async function gradientsAtOutputs(one: StepCase): Promise<Map<string, Float32Array>> {
  const graph = createGraph(one.architecture);
  const arena = createArena(() => new Error("memory"));
  const kernels = await loadKernels(arena.memory, false);
  const parameters = createParameters(graph, arena);
  writeWeights(parameters, arena, tensors(one.weights));
  const count = one.labels.length;
  const batch = 4 * Math.ceil(count / 4);
  const plan = createPlan({
    graph,
    kernels,
    arena,
    parameters,
    batch,
    moment: { count, step: 0, seed: 0 },
  });
  const staging = arena.take(4 * one.images.shape.reduce((a, b) => a * b, 1));
  const pixels = tensor(one.images).data;
  arena.floats(staging, pixels.length).set(pixels);
  kernels.interleave(staging, plan.tensors[0] ?? 0, pixels.length / count, count, batch);
  plan.forward(true);
  const labels = arena.take(4 * batch);
  arena.integers(labels, count).set(one.labels);
  const result = arena.take(16);
  graph.heads.forEach(({ tensor: logits, weight }, i) => {
    const at = [plan.tensors[logits] ?? 0, labels, plan.logitGradients[i] ?? 0] as const;
    kernels.crossEntropy(...at, graph.classes, batch, count, one.smoothing, weight, result);
  });
  const seen = new Map<string, Float32Array>();
  plan.backward((node: Node, at) => {
    const numbersOf = size(graph.shapes[node.output] ?? []) * batch;
    seen.set(node.path, images(arena.floats(at, numbersOf), batch, count));
    seen.set(
      `${node.path} sum`,
      Float32Array.of(arena.floats(at, numbersOf).reduce((a, b) => a + b, 0)),
    );
  });
  const own = readGradients(parameters, arena);
  for (const [name, { data }] of own)
    compare(
      `gradient of ${name}`,
      data,
      tensor(one.gradients[name] ?? one.images).data,
      RELATIVE * largest(tensors(one.gradients)) * 10,
    );
  return seen;
}

const supported = (architecture: Architecture): boolean =>
  Object.values(architecture.block["blocks"] ?? {}).every(
    (block: { type: string; padding_mode?: string; blocks?: unknown }) =>
      !("padding_mode" in block && block.padding_mode !== "zeros") &&
      (block.type in LAYERS || "blocks" in block || "body" in block || "head" in block),
  );

const steps = cases.filter((one) => one.kind === "step");
const trained = steps.filter(({ architecture }) => supported(architecture));

describe.skipIf(folder === "")("training equals PyTorch", () => {
  it("has cases of every layer and composition", () => {
    const types = new Set(
      trained.flatMap(({ architecture }) =>
        createGraph(architecture).nodes.map(({ type }) => type),
      ),
    );
    expect(Object.keys(LAYERS).filter((type) => !types.has(type))).toEqual([]);
    expect(["Concat", "Residual", "Gate"].filter((type) => !types.has(type))).toEqual([]);
  });

  it.each(steps.filter((one) => !trained.includes(one)))(
    "$name is refused in words",
    ({ architecture }) => {
      expect(supports(architecture)?.key).toMatch(/^engine\.(layer|paddingMode)$/);
    },
  );

  it.each(trained)("$name", async (one) => {
    const { architecture, labels, smoothing } = one;
    expect(supports(architecture)).toBeNull();
    const trainer = await createTrainer(architecture, {
      batchSize: labels.length,
      labelSmoothing: smoothing,
      learningRate: 0,
    });
    trainer.load(tensors(one.weights));
    const pixels = tensor(one.images).data;
    compare("probabilities", trainer.predict(pixels), tensor(one.predicted).data);
    const each = pixels.length / labels.length;
    const first = trainer.activations(pixels.subarray(0, each));
    for (const [path, stored] of Object.entries(one.evaluated)) {
      const actual = first.get(path);
      if (!actual) continue;
      compare(
        `evaluated ${path}`,
        actual.data,
        tensor(stored).data.subarray(0, actual.data.length),
        largest(new Map([["", tensor(stored)]])),
      );
    }
    if (one.random) return;
    const { loss } = trainer.step(pixels, labels);
    expect(Math.abs(loss - one.loss)).toBeLessThanOrEqual(RELATIVE * Math.abs(one.loss));
    const expected = tensors(one.gradients);
    const actual = trainer.gradients();
    expect([...actual.keys()].sort()).toEqual([...expected.keys()].sort());
    const floor = 1e-3 * largest(expected);
    for (const [name, { data }] of expected)
      compare(`gradient of ${name}`, actual.get(name)?.data ?? new Float32Array(), data, floor);
    const after = trainer.weights();
    for (const [name, stored] of Object.entries(one.buffers))
      compare(name, after.get(name)?.data ?? new Float32Array(), tensor(stored).data);
    const seen = await gradientsAtOutputs(one);
    const kept = Object.entries(one.outputGradients).filter(([path]) => seen.has(path));
    expect(kept.length).toBeGreaterThan(1);
    for (const [path, stored] of kept)
      compare(`gradient at ${path}`, seen.get(path) ?? new Float32Array(), tensor(stored).data);
  });

  it.each(cases.filter((one) => one.kind === "steps"))("20 steps of $name", async (one) => {
    const { architecture, optimiser, lr } = one;
    const trainer = await createTrainer(architecture, {
      batchSize: 12,
      optimiser,
      learningRate: lr,
    });
    trainer.load(tensors(one.weights));
    one.batches.forEach((batch, i) => {
      const { loss } = trainer.step(tensor(batch.images).data, batch.labels);
      expect(Math.abs(loss - (one.losses[i] ?? NaN))).toBeLessThanOrEqual(
        RELATIVE * (one.losses[i] ?? 0),
      );
    });
    const after = trainer.weights();
    expect([...after.keys()].sort()).toEqual(Object.keys(one.after).sort());
    for (const [name, stored] of Object.entries(one.after))
      compare(name, after.get(name)?.data ?? new Float32Array(), tensor(stored).data);
  });
});

/** A network that is trained in this thread. */

import { createGraph, type Graph, type Node } from "$/engine/graph";
import { loadKernels, type Kernels } from "$/engine/wasm/kernels";
import { size } from "$/engine/layers/rule";
import { createArena, type Arena } from "$/engine/wasm/memory";
import { optimise } from "$/engine/optimiser";
import {
  createParameters,
  initialise,
  readGradients,
  readWeights,
  writeWeights,
  type Parameters,
} from "$/engine/parameters";
import { createPlan, type Moment, type Plan } from "$/engine/plan";
import { engineError } from "$/engine/problem";
import { histogram, summarise } from "$/engine/statistics";
import type {
  Architecture,
  LayerStatistics,
  ParameterStatistics,
  Settings,
  StepResult,
  Trainer,
  TrainerOptions,
} from "$/engine/types";
import type { Tensor } from "$/model/types";

const DEFAULTS: Settings = {
  learningRate: 0.05,
  optimiser: { type: "SGD", momentum: 0.9, nesterov: true, weight_decay: 0 },
  batchSize: 64,
  labelSmoothing: 0,
};

/** Everything that a trainer holds; functions below take it in place of many arguments. */
interface State {
  readonly graph: Graph;
  readonly kernels: Kernels;
  readonly arena: Arena;
  readonly parameters: Parameters;
  readonly moment: Moment;
  /** Memory from here on belongs to the plan. */
  readonly mark: number;
  plan: Plan;
  staging: number;
  labels: number;
  result: number;
  settings: Settings;
  steps: number;
  /** Steps of the optimiser: its own count starts again with its state. */
  optimised: number;
  /** Mean square of the gradient at each operation's output, of a detailed step. */
  gradients: Map<string, number> | null;
}

/** Plan for a batch: a multiple of 4, of at least 4. */
function replan(state: State, batch: number): void {
  const { arena, graph } = state;
  arena.reset(state.mark);
  const lanes = Math.max(4, 4 * Math.ceil(batch / 4));
  state.staging = arena.take(4 * lanes * size(graph.shapes[0] ?? []));
  state.labels = arena.take(4 * lanes);
  state.result = arena.take(16);
  state.plan = createPlan({ ...state, batch: lanes });
  state.gradients = null;
}

/** Put images and labels where the first operation and the loss read them. */
function fill(state: State, images: Float32Array, labels?: ArrayLike<number>): number {
  const { arena, kernels, graph, plan, moment } = state;
  const numbers = size(graph.shapes[0] ?? []);
  const count = images.length / numbers;
  if (!Number.isInteger(count) || count < 1)
    throw engineError("engine.images", { numbers: images.length, expected: numbers });
  arena.floats(state.staging, images.length).set(images);
  kernels.interleave(state.staging, plan.tensors[0] ?? 0, numbers, count, plan.batch);
  moment.count = count;
  if (!labels) return count;
  const memory = arena.integers(state.labels, plan.batch).fill(0);
  for (let i = 0; i < count; i++) {
    const label = labels[i] ?? -1;
    if (!(label >= 0 && label < graph.classes))
      throw engineError("engine.label", { label, classes: graph.classes });
    memory[i] = label;
  }
  return count;
}

/** Loss of all heads, and their gradients at the logits where wanted. */
function lossOf(state: State, training: boolean): StepResult {
  const { arena, kernels, graph, plan, moment, settings } = state;
  let [loss, correct] = [0, 0];
  graph.heads.forEach(({ tensor, weight, auxiliary }, i) => {
    if (auxiliary && !training) return;
    const gradient = training ? (plan.logitGradients[i] ?? 0) : 0;
    const smoothing = training ? settings.labelSmoothing : 0;
    const sizes = [graph.classes, plan.batch, moment.count];
    const logits = plan.tensors[tensor] ?? 0;
    kernels.crossEntropy(logits, state.labels, gradient, ...sizes, smoothing, weight, state.result);
    const view = new DataView(arena.memory.buffer, state.result);
    loss += (weight * view.getFloat64(0, true)) / moment.count;
    if (!auxiliary) correct = view.getInt32(8, true);
  });
  return { loss, correct, count: moment.count };
}

function train(
  state: State,
  images: Float32Array,
  labels: ArrayLike<number>,
  detailed: boolean,
): StepResult {
  const { kernels, parameters, plan, settings } = state;
  state.moment.step = state.steps;
  fill(state, images, labels);
  plan.forward(true);
  const result = lossOf(state, true);
  if (!Number.isFinite(result.loss)) throw engineError("engine.diverged", { step: state.steps });
  const squares = new Map<string, number>();
  const see = (node: Node, at: number): void => {
    const numbers = size(state.graph.shapes[node.output] ?? []) * plan.batch;
    const mean = kernels.squares(at, 4 * numbers) / ((numbers * result.count) / plan.batch);
    squares.set(node.path, mean);
  };
  plan.backward(detailed ? see : undefined);
  if (detailed) kernels.copy(parameters.weights, parameters.before, parameters.bytes);
  state.gradients = detailed ? squares : null;
  optimise(kernels, parameters, settings.optimiser, settings.learningRate, state.optimised + 1);
  state.steps += 1;
  state.optimised += 1;
  parameters.tracked += 1;
  return result;
}

/** Run batches of at most the planned size; `use` gets the first image and the number of each. */
function eachBatch(
  state: State,
  images: Float32Array,
  use: (start: number, count: number) => void,
  labels?: ArrayLike<number>,
): void {
  const numbers = size(state.graph.shapes[0] ?? []);
  const total = images.length / numbers;
  for (let start = 0; start < total; start += state.plan.batch) {
    const end = Math.min(total, start + state.plan.batch);
    const own = labels && Array.prototype.slice.call(labels, start, end);
    const count = fill(state, images.subarray(start * numbers, end * numbers), own);
    state.plan.forward(false);
    use(start, count);
  }
  state.gradients = null;
}

function evaluate(state: State, images: Float32Array, labels: ArrayLike<number>): StepResult {
  let [loss, correct, total] = [0, 0, 0];
  const add = (): void => {
    const part = lossOf(state, false);
    loss += part.loss * part.count;
    correct += part.correct;
    total += part.count;
  };
  eachBatch(state, images, add, labels);
  return { loss: loss / total, correct, count: total };
}

function predict(state: State, images: Float32Array): Float32Array {
  const { graph, arena, plan } = state;
  const { classes } = graph;
  const result = new Float32Array((images.length / size(graph.shapes[0] ?? [])) * classes);
  const logits = plan.tensors[graph.heads[0]?.tensor ?? 0] ?? 0;
  eachBatch(state, images, (start, count) => {
    const memory = arena.floats(logits, classes * plan.batch);
    for (let n = 0; n < count; n++) {
      const z = Array.from({ length: classes }, (_, k) => memory[k * plan.batch + n] ?? 0);
      const high = Math.max(...z);
      const powers = z.map((value) => Math.exp(value - high));
      const sum = powers.reduce((a, b) => a + b, 0);
      powers.forEach((power, k) => (result[(start + n) * classes + k] = power / sum));
    }
  });
  return result;
}

/** Image `n` of a tensor. */
function lane(state: State, tensor: number, n: number): Tensor {
  const { arena, plan, graph } = state;
  const shape = graph.shapes[tensor] ?? [];
  const memory = arena.floats(plan.tensors[tensor] ?? 0, size(shape) * plan.batch);
  return {
    shape,
    data: Float32Array.from({ length: size(shape) }, (_, i) => memory[i * plan.batch + n] ?? 0),
  };
}

function activations(state: State, image: Float32Array): Map<string, Tensor> {
  const maps = new Map<string, Tensor>();
  eachBatch(state, image, () => {
    for (const node of state.graph.nodes)
      if (!node.auxiliary) maps.set(node.path, lane(state, node.output, 0));
  });
  return maps;
}

function parameterStatistics(state: State, path: string, bins: number): ParameterStatistics[] {
  const { arena, kernels, parameters } = state;
  return parameters.list
    .filter((parameter) => parameter.path === path)
    .map(({ name, at, gradient, size: count }) => {
      const bytes = 16 * Math.ceil(count / 4);
      const weightNorm = Math.sqrt(kernels.squares(at, bytes));
      const before = arena.floats(parameters.before + at - parameters.weights, count);
      const weights = arena.floats(at, count);
      let change = 0;
      for (let i = 0; i < count; i++) change += ((weights[i] ?? 0) - (before[i] ?? 0)) ** 2;
      return {
        name,
        weightNorm,
        gradientNorm: Math.sqrt(kernels.squares(gradient, bytes)),
        updateRatio: weightNorm ? Math.sqrt(change) / weightNorm : 0,
        weights: histogram(weights, bins),
        gradients: histogram(arena.floats(gradient, count), bins),
      };
    });
}

function statistics(state: State, bins: number): LayerStatistics[] {
  const { graph, arena, plan, moment, gradients } = state;
  if (!gradients) throw engineError("engine.noStatistics");
  return graph.nodes.map((node) => {
    const numbers = size(graph.shapes[node.output] ?? []) * plan.batch;
    const tensor = arena.floats(plan.tensors[node.output] ?? 0, numbers);
    const ends = node.rule.ends?.(node.fields);
    const { histogram: activations, ...summary } = summarise(
      tensor,
      plan.batch,
      moment.count,
      ends,
      bins,
    );
    return {
      path: node.path,
      ...summary,
      gradientRms: Math.sqrt(gradients.get(node.path) ?? 0),
      activations,
      parameters: parameterStatistics(state, node.path, bins),
    };
  });
}

function set(state: State, changes: Partial<Settings>): void {
  const next = { ...state.settings, ...changes };
  const { learningRate, batchSize, optimiser } = next;
  if (!(learningRate >= 0 && learningRate < Infinity))
    throw engineError("engine.number", { name: "learningRate", value: learningRate });
  if (!(Number.isInteger(batchSize) && batchSize >= 1 && batchSize <= 4096))
    throw engineError("engine.number", { name: "batchSize", value: batchSize });
  if (optimiser.type !== state.settings.optimiser.type) {
    for (const at of state.parameters.state)
      state.arena.floats(at, state.parameters.bytes / 4).fill(0);
    state.optimised = 0;
  }
  const lanes = Math.max(4, 4 * Math.ceil(batchSize / 4));
  state.settings = next;
  if (lanes !== state.plan.batch) replan(state, batchSize);
}

function createState(graph: Graph, kernels: Kernels, arena: Arena, options: TrainerOptions): State {
  const { seed = 0, init = "torch", relaxed: _relaxed, ...changes } = options;
  const parameters = createParameters(graph, arena);
  initialise(parameters, arena, init, seed);
  const empty: Plan = { batch: 0, tensors: [], logitGradients: [], forward() {}, backward() {} };
  const state: State = {
    ...{
      graph,
      kernels,
      arena,
      parameters,
      moment: { count: 0, step: 0, seed },
      mark: arena.mark(),
    },
    ...{
      plan: empty,
      staging: 0,
      labels: 0,
      result: 0,
      settings: DEFAULTS,
      steps: 0,
      optimised: 0,
      gradients: null,
    },
  };
  set(state, { ...DEFAULTS, ...changes });
  return state;
}

export async function createTrainer(
  architecture: Architecture,
  options: TrainerOptions = {},
): Promise<Trainer> {
  const graph = createGraph(architecture);
  const arena = createArena((bytes) =>
    engineError("engine.memory", { megabytes: Math.ceil(bytes / 1e6) }),
  );
  const kernels = await loadKernels(arena.memory, options.relaxed ?? false);
  const state = createState(graph, kernels, arena, options);
  const names = (path: string): string[] =>
    state.parameters.list.filter((parameter) => parameter.path === path).map(({ name }) => name);
  return {
    layers: graph.nodes.map(({ path, type, output }) => ({
      ...{ path, type, shape: graph.shapes[output] ?? [], parameters: names(path) },
    })),
    parameters: state.parameters.count,
    get settings() {
      return state.settings;
    },
    get bytes() {
      return arena.bytes;
    },
    get steps() {
      return state.steps;
    },
    step(images, labels, detailed = false) {
      const count = images.length / size(graph.shapes[0] ?? []);
      if (count > state.plan.batch) replan(state, count);
      return train(state, images, labels, detailed);
    },
    evaluate: (images, labels) => evaluate(state, images, labels),
    predict: (images) => predict(state, images),
    activations: (image) => activations(state, image),
    statistics: (bins = 32) => statistics(state, bins),
    set: (changes) => set(state, changes),
    weights: () => readWeights(state.parameters, arena),
    gradients: () => readGradients(state.parameters, arena),
    load(weights) {
      writeWeights(state.parameters, arena, weights);
      for (const at of state.parameters.state) arena.floats(at, state.parameters.bytes / 4).fill(0);
      state.optimised = 0;
    },
    restart(seed) {
      initialise(state.parameters, arena, options.init ?? "torch", seed);
      Object.assign(state, { steps: 0, optimised: 0, gradients: null });
      state.moment.seed = seed;
    },
  };
}

/** Buffers and operations of a network for one batch size; nothing is allocated while it runs. */

import type { Graph, Node } from "$/engine/graph";
import type { Kernels } from "$/engine/wasm/kernels";
import { bytesOf, type Operation, type Shape } from "$/engine/layers/rule";
import { createPool, type Arena, type Pool } from "$/engine/wasm/memory";
import type { Parameters } from "$/engine/parameters";

export interface Plan {
  readonly batch: number;
  /** Address of each tensor: [C][H][W][batch]. */
  readonly tensors: readonly number[];
  /** Address of the gradient of each head's logits. */
  readonly logitGradients: readonly number[];
  forward(training: boolean): void;
  /** `see` gets the gradient at each operation's output, before it is used. */
  backward(see?: (node: Node, gradient: number) => void): void;
}

/** What changes from step to step. */
export interface Moment {
  count: number;
  step: number;
  seed: number;
}

interface Context {
  readonly graph: Graph;
  readonly kernels: Kernels;
  readonly arena: Arena;
  readonly parameters: Parameters;
  readonly batch: number;
  readonly moment: Moment;
}

/** Tensors whose gradient leads to a parameter. */
function withGradient(graph: Graph): Set<number> {
  const needed = new Set<number>();
  for (const node of graph.nodes)
    if (node.parameters.length || node.inputs.some((i) => needed.has(i))) needed.add(node.output);
  return needed;
}

/** Memory of every tensor; the output of a view is its input. */
function place(context: Context): number[] {
  const { graph, arena, batch } = context;
  const tensors: number[] = [arena.take(bytesOf(graph.shapes[0] ?? [], batch))];
  for (const { rule, inputs, output } of graph.nodes)
    tensors[output] = rule.view
      ? (tensors[inputs[0] ?? 0] ?? 0)
      : arena.take(bytesOf(graph.shapes[output] ?? [], batch));
  return tensors;
}

function operation(
  context: Context,
  node: Node,
  index: number,
  tensors: readonly number[],
): Operation {
  const { graph, parameters, moment, kernels, arena, batch } = context;
  const shape = (i: number): Shape => graph.shapes[i] ?? [];
  return node.rule.plan({
    ...{ kernels, arena, batch, fields: node.fields },
    x: node.inputs.map((i) => tensors[i] ?? 0),
    inputs: node.inputs.map(shape),
    y: tensors[node.output] ?? 0,
    output: shape(node.output),
    parameter: (name) => parameters.parameter(node.path, name),
    buffer: (name) => parameters.buffer(node.path, name),
    count: () => moment.count,
    seed: () => Math.imul(moment.seed ^ Math.imul(moment.step + 1, 0x9e3779b1), 2 * index + 1),
  });
}

type Backward = (see?: (node: Node, gradient: number) => void) => void;

/** Gradients of tensors while the backward pass is planned, with memory that is used again. */
interface Gradients {
  readonly pool: Pool;
  readonly at: Map<number, number>;
  readonly needed: ReadonlySet<number>;
}

/** The backward pass of one operation; undefined if no gradient reaches it. */
function backwardOf(
  context: Context,
  node: Node,
  run: Operation,
  gradients: Gradients,
): Backward | undefined {
  const { graph, kernels, batch } = context;
  const { pool, at, needed } = gradients;
  const dy = at.get(node.output);
  if (dy === undefined || !needed.has(node.output)) return undefined;
  const bytes = (i: number): number => bytesOf(graph.shapes[i] ?? [], batch);
  const x = node.inputs[0] ?? 0;
  if (node.rule.view && !at.has(x)) {
    at.set(x, dy);
    return (see) => see?.(node, dy);
  }
  const sums: (() => void)[] = [];
  const spare: number[] = [];
  const targets = node.inputs.map((i) => {
    if (!needed.has(i)) return 0;
    const whole = at.get(i);
    const part = node.rule.view ? dy : pool.take(bytes(i));
    if (whole === undefined) at.set(i, part);
    else {
      sums.push(() => kernels.add(whole, part, whole, bytes(i)));
      if (!node.rule.view) spare.push(part);
    }
    return part;
  });
  for (const part of spare) pool.give(part);
  pool.give(dy);
  return (see) => {
    see?.(node, dy);
    run.backward(dy, targets);
    for (const sum of sums) sum();
  };
}

export function createPlan(context: Context): Plan {
  const { graph, arena, batch } = context;
  const tensors = place(context);
  const runs = graph.nodes.map((node, i) => ({ node, run: operation(context, node, i, tensors) }));
  const pool = createPool(arena);
  const gradients: Gradients = { pool, at: new Map(), needed: withGradient(graph) };
  const logitGradients = graph.heads.map(({ tensor }) => {
    const at = arena.take(bytesOf(graph.shapes[tensor] ?? [], batch));
    gradients.at.set(tensor, at);
    return at;
  });
  const back = [...runs]
    .reverse()
    .flatMap(({ node, run }) => backwardOf(context, node, run, gradients) ?? []);
  const needed = runs.filter(({ node }) => !node.rule.view);
  const inference = needed.filter(({ node }) => !node.auxiliary);
  return {
    batch,
    tensors,
    logitGradients,
    forward(training) {
      for (const { run } of training ? needed : inference) run.forward(training);
    },
    backward(see) {
      for (const step of back) step(see);
    },
  };
}

/** An architecture as a list of operations in the order in which they run. */

import { COMPOSITIONS, LAYERS, type Composition } from "$/engine/layers";
import type { BufferSpec, Fields, ParameterSpec, Rule, Shape } from "$/engine/layers/rule";
import { size } from "$/engine/layers/rule";
import { engineError, problemOf } from "$/engine/problem";
import type { Architecture, Block } from "$/engine/types";

export interface Node {
  readonly path: string;
  readonly type: string;
  readonly rule: Rule;
  readonly fields: Fields;
  /** Numbers of tensors. */
  readonly inputs: readonly number[];
  readonly output: number;
  /** In a head that only training uses. */
  readonly auxiliary: boolean;
  readonly parameters: readonly ParameterSpec[];
  readonly buffers: readonly BufferSpec[];
}

/** Logits that give a loss, times a weight. */
export interface Head {
  readonly tensor: number;
  readonly weight: number;
  readonly auxiliary: boolean;
}

export interface Graph {
  /** Of each tensor; the first is the input. */
  readonly shapes: readonly Shape[];
  readonly nodes: readonly Node[];
  /** The main logits first. */
  readonly heads: readonly Head[];
  readonly classes: number;
}

interface Walk {
  readonly shapes: Shape[];
  readonly nodes: Node[];
  readonly heads: Head[];
}

const IDENTITY: Block = { type: "Identity" };
const DEEPEST = 64;

const isBlock = (value: unknown): value is Block =>
  typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";

function partsOf(block: Block, composition: Composition, path: string): [string, Block][] {
  const blocks = block["blocks"];
  const inside = typeof blocks === "object" && blocks !== null ? Object.entries(blocks) : [];
  const named = composition.parts?.map((name): [string, unknown] => [
    name,
    block[name] ?? (name === "shortcut" ? IDENTITY : undefined),
  ]);
  const parts: [string, unknown][] = named ?? inside;
  if (!parts.length) throw engineError("engine.block", { path });
  return parts.map(([name, part]) => {
    if (!isBlock(part)) throw engineError("engine.block", { path: join(path, name) });
    return [name, part];
  });
}

const join = (path: string, name: string): string => (path ? `${path}.${name}` : name);

/** Run an operation's rule; name its path in what goes wrong. */
function operate(
  walk: Walk,
  rule: Rule,
  block: Block,
  path: string,
  inputs: number[],
  auxiliary: boolean,
): number {
  const shapes = inputs.map((i) => walk.shapes[i] ?? []);
  try {
    const output = walk.shapes.push(rule.shape(block, shapes)) - 1;
    const parameters = rule.parameters?.(block, shapes) ?? [];
    const buffers = rule.buffers?.(block, shapes) ?? [];
    walk.nodes.push({
      path,
      type: block.type,
      rule,
      fields: block,
      inputs,
      output,
      auxiliary,
      parameters,
      buffers,
    });
    return output;
  } catch (error) {
    const problem = problemOf(error);
    if (!problem) throw error;
    throw engineError(problem.key, { path, type: block.type, ...problem.values });
  }
}

function visit(
  walk: Walk,
  block: Block,
  path: string,
  x: number,
  auxiliary: boolean,
  depth = 0,
): number {
  if (depth > DEEPEST) throw engineError("engine.block", { path });
  const rule = LAYERS[block.type];
  if (rule) return operate(walk, rule, block, path, [x], auxiliary);
  const composition = COMPOSITIONS[block.type];
  if (!composition) throw engineError("engine.layer", { type: block.type, path });
  const parts = partsOf(block, composition, path);
  if (composition.flow === "sequence")
    return parts.reduce(
      (y, [name, part]) => visit(walk, part, join(path, name), y, auxiliary, depth + 1),
      x,
    );
  const side = composition.flow === "side";
  const ends = parts.map(([name, part]) =>
    visit(walk, part, join(path, name), x, auxiliary || side, depth + 1),
  );
  if (composition.join) return operate(walk, composition.join, block, path, ends, auxiliary);
  const weight = block["weight"];
  for (const tensor of ends)
    walk.heads.push({ tensor, weight: typeof weight === "number" ? weight : 0.3, auxiliary: true });
  return x;
}

/** Throws an EngineError that names the first block that cannot be trained. */
export function createGraph(architecture: Architecture): Graph {
  const { input, num_classes: classes, block } = architecture;
  const sizes =
    Array.isArray(input) && input.length === 3 && input.every((n) => Number.isInteger(n) && n > 0);
  if (!sizes || !isBlock(block) || !Number.isInteger(classes) || classes < 1)
    throw engineError("engine.architecture");
  const walk: Walk = { shapes: [input], nodes: [], heads: [] };
  const tensor = visit(walk, block, "", 0, false);
  const heads = [{ tensor, weight: 1, auxiliary: false }, ...walk.heads];
  for (const head of heads) {
    const shape = walk.shapes[head.tensor] ?? [];
    if (shape.length !== 1 || size(shape) !== classes)
      throw engineError("engine.output", { shape: shape.join(" x "), classes });
  }
  return { shapes: walk.shapes, nodes: walk.nodes, heads, classes };
}

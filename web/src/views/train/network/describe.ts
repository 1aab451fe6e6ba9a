/** Shapes and numbers of parameters of every operation of an architecture, for the form. */

import type { Architecture, Block } from "$/engine/types";

export interface Described {
  readonly path: string;
  readonly type: string;
  readonly shape: readonly number[];
  readonly count: number;
}

type Shape = readonly number[];
type Rule = (block: Block, input: Shape) => { readonly shape: Shape; readonly count: number };

const number = (value: unknown, other: number): number =>
  typeof value === "number" ? value : other;
const pair = (value: unknown, other: number): readonly [number, number] => {
  if (Array.isArray(value)) return [number(value[0], other), number(value[1], other)];
  return [number(value, other), number(value, other)];
};
const product = (shape: Shape): number => shape.reduce((size, side) => size * side, 1);

/** Return height and width after windows slide over a map. */
function slid(block: Block, input: Shape): [number, number] {
  const kernel = pair(block.kernel_size, 1);
  const stride =
    block.stride == null
      ? block.type.endsWith("Pool2d")
        ? kernel
        : [1, 1]
      : pair(block.stride, 1);
  const dilation = pair(block.dilation, 1);
  const padding = block.padding === "same" ? null : pair(block.padding, 0);
  const side = (axis: 0 | 1): number => {
    const size = input[axis + 1] ?? 1;
    if (!padding) return size;
    const reach = dilation[axis] * (kernel[axis] - 1) + 1;
    const room = size + 2 * padding[axis] - reach;
    const step = stride[axis] ?? 1;
    if (!block.ceil_mode) return Math.floor(room / step) + 1;
    const count = Math.ceil(room / step) + 1;
    // the last window starts inside the map or its padding before it
    return (count - 1) * step >= size + padding[axis] ? count - 1 : count;
  };
  return [side(0), side(1)];
}

const same: Rule = (_, input) => ({ shape: input, count: 0 });
const pooled: Rule = (block, input) => ({
  shape: [input[0] ?? 1, ...slid(block, input)],
  count: 0,
});
const global: Rule = (_, input) => ({ shape: [input[0] ?? 1, 1, 1], count: 0 });

const RULES: Readonly<Record<string, Rule>> = {
  Conv2d: (block, input) => {
    const outputs = number(block.out_channels, 1);
    const inputs = (input[0] ?? 1) / number(block.groups, 1);
    const weights = outputs * inputs * product(pair(block.kernel_size, 1));
    const bias = block.bias === false ? 0 : outputs;
    return { shape: [outputs, ...slid(block, input)], count: weights + bias };
  },
  PartialConv2d: (block, input) => {
    const table = Array.isArray(block.table) ? (block.table as readonly unknown[][]) : [];
    const links = table.reduce((sum, row) => sum + row.length, 0);
    const bias = block.bias === false ? 0 : table.length;
    const count = links * product(pair(block.kernel_size, 1)) + bias;
    return { shape: [table.length, ...slid(block, input)], count };
  },
  MaxPool2d: pooled,
  AvgPool2d: pooled,
  GlobalAvgPool2d: global,
  GlobalMaxPool2d: global,
  BatchNorm2d: (block, input) => ({
    shape: input,
    count: block.affine === false ? 0 : 2 * (input[0] ?? 1),
  }),
  PReLU: (block, input) => ({
    shape: input,
    count: block.per_channel === true ? (input[0] ?? 1) : 1,
  }),
  Flatten: (_, input) => ({ shape: [product(input)], count: 0 }),
  Linear: (block, input) => {
    const outputs = number(block.out_features, 1);
    const bias = block.bias === false ? 0 : outputs;
    return { shape: [outputs], count: outputs * product(input) + bias };
  },
};

/** Return every operation in the order in which they run. The architecture has to be valid. */
export function describe(architecture: Architecture): readonly Described[] {
  const rows: Described[] = [];
  const walk = (block: Block, path: string, input: Shape): Shape => {
    const under = (name: string): string => (path ? `${path}.${name}` : name);
    const parts = (value: unknown): [string, Block][] =>
      Object.entries(value as Record<string, Block>);
    const join = (shape: Shape): Shape => {
      rows.push({ path, type: block.type, shape, count: 0 });
      return shape;
    };
    switch (block.type) {
      case "Chain":
        return parts(block.blocks).reduce(
          (shape, [name, part]) => walk(part, under(name), shape),
          input,
        );
      case "Concat": {
        const shapes = parts(block.blocks).map(([name, part]) => walk(part, under(name), input));
        const channels = shapes.reduce((sum, shape) => sum + (shape[0] ?? 0), 0);
        return join([channels, ...(shapes[0]?.slice(1) ?? [])]);
      }
      case "Residual":
      case "Gate": {
        const body = walk(block.body as Block, under("body"), input);
        const other = block.type === "Gate" ? "gate" : "shortcut";
        const side = (block[other] ?? { type: "Identity" }) as Block;
        walk(side, under(other), input);
        return join(body);
      }
      default: {
        const { shape, count } = (RULES[block.type] ?? same)(block, input);
        rows.push({ path, type: block.type, shape, count });
        return shape;
      }
    }
  };
  walk(architecture.block, "", architecture.input);
  return rows;
}

/** A network as a small picture: a bar per layer, as high as its maps and as wide as it has channels. */

import type { Item } from "$/diagram/types";
import type { Role } from "$/model/types";

/** A bar, or the arc of a shortcut connection above the block that it passes. */
export type Mark =
  | {
      readonly kind: "bar";
      readonly role: Role;
      readonly x: number;
      readonly y: number;
      readonly width: number;
      readonly height: number;
    }
  | {
      readonly kind: "arc";
      readonly operation: "add" | "multiply";
      readonly x: number;
      readonly y: number;
      readonly width: number;
      readonly rise: number;
    };

/** Items of a diagram of which names may be left out. */
export type OutlineItem =
  | {
      readonly type: "layer";
      readonly role: Role;
      readonly shape: readonly number[];
      readonly times: number;
    }
  | {
      readonly type: "concat";
      readonly branches: readonly (readonly OutlineItem[])[];
      readonly shape: readonly number[];
      readonly times: number;
    }
  | {
      readonly type: "merge";
      readonly body: readonly OutlineItem[];
      readonly branch: readonly OutlineItem[];
      readonly operation: "add" | "multiply";
      readonly shape: readonly number[];
      readonly times: number;
    };

/** Bars that can still be told apart in 200 pixels. */
const MOST_BARS = 72;
const RISE = 7;
/** Height of the last, smallest maps and of vectors, as a share of the whole. */
const LEAST_HEIGHT = 0.14;
const GAP = 0.14;

/** Return the items of a diagram without names: stages are opened, auxiliary heads left out. */
export function outlineOf(items: readonly Item[]): OutlineItem[] {
  return items.flatMap((item): OutlineItem[] => {
    const { type } = item;
    if (type === "stage") return outlineOf(item.items);
    if (type === "head") return [];
    if (type === "layer") return [item];
    if (type === "concat") return [{ ...item, branches: item.branches.map(outlineOf) }];
    return [{ ...item, body: outlineOf(item.body), branch: outlineOf(item.branch) }];
  });
}

interface Part {
  readonly item: OutlineItem;
  readonly weight: number;
}

/** Return the marks of a network in a picture of some size. */
export function outlineMarks(
  items: readonly OutlineItem[],
  width: number,
  height: number,
): readonly Mark[] {
  const bars = items.reduce((sum, item) => sum + item.times * barsOf(item), 0);
  const share = Math.min(1, MOST_BARS / Math.max(1, bars));
  const parts = items.flatMap((item): Part[] => {
    const times = Math.max(1, Math.round(item.times * share));
    return Array.from({ length: times }, () => ({ item, weight: weightOf(item) }));
  });
  const largest = Math.max(1, ...items.map(({ shape }) => sideOf(shape)));
  const unit = width / Math.max(1e-9, sum(parts));
  let x = 0;
  return parts.flatMap(({ item, weight }) => {
    const high = (height - RISE) * heightOf(item.shape, largest);
    const own = place(item, {
      x,
      y: RISE + (height - RISE - high) / 2,
      width: weight * unit,
      height: high,
    });
    x += weight * unit;
    return own;
  });
}

const sum = (parts: readonly { readonly weight: number }[]): number =>
  parts.reduce((total, { weight }) => total + weight, 0);

/** Height and width of maps; 0 of a vector. */
const sideOf = (shape: readonly number[]): number =>
  shape.length === 3 ? Math.max(shape[1] ?? 1, shape[2] ?? 1) : 0;

/** Return the height of a bar as a share: with the square root of its maps' size. */
function heightOf(shape: readonly number[], largest: number): number {
  const side = sideOf(shape);
  if (side > 1) return Math.max(LEAST_HEIGHT, Math.sqrt(side / largest));
  // a vector: some difference between 10 and 4,096 numbers
  return LEAST_HEIGHT + 0.008 * Math.log2(Math.max(2, shape[0] ?? 2));
}

function barsOf(item: OutlineItem): number {
  const many = (items: readonly OutlineItem[]): number =>
    items.reduce((total, inner) => total + inner.times * barsOf(inner), 0);
  if (item.type === "layer") return 1;
  if (item.type === "concat") return Math.max(1, ...item.branches.map(many));
  return Math.max(1, many(item.body));
}

/** Return the width of a block: with the logarithm of its channels. */
function weightOf(item: OutlineItem): number {
  const many = (items: readonly OutlineItem[]): number =>
    items.reduce((total, inner) => total + inner.times * weightOf(inner), 0);
  if (item.type === "layer") return 1 + Math.log2(Math.max(1, item.shape[0] ?? 1)) / 6;
  if (item.type === "concat") return 0.4 + Math.max(1, ...item.branches.map(many));
  return 0.4 + Math.max(1, many(item.body));
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function place(item: OutlineItem, box: Box): Mark[] {
  if (item.type === "layer") {
    const gap = Math.min(1.5, GAP * box.width);
    return [{ kind: "bar", role: item.role, ...box, width: Math.max(0.5, box.width - gap) }];
  }
  const inner = { ...box, width: box.width * 0.94 };
  if (item.type === "concat") return stacked(item.branches, inner);
  // a second branch with layers of its own is drawn below the body
  const hasBranch = item.operation === "add" && item.branch.some(isDrawn);
  const marks = hasBranch ? stacked([item.body, item.branch], inner) : row(item.body, inner);
  return [
    ...marks,
    {
      kind: "arc",
      operation: item.operation,
      x: inner.x,
      y: box.y,
      width: inner.width,
      rise: Math.min(RISE - 1, 2 + inner.width / 5),
    },
  ];
}

const isDrawn = (item: OutlineItem): boolean => item.type !== "layer" || item.role !== "shortcut";

/** Branches below each other. */
function stacked(branches: readonly (readonly OutlineItem[])[], box: Box): Mark[] {
  const gap = Math.min(2, (0.25 * box.height) / branches.length);
  const height = (box.height - gap * (branches.length - 1)) / branches.length;
  return branches.flatMap((branch, i) =>
    row(branch, { ...box, y: box.y + i * (height + gap), height }),
  );
}

/** Layers one after another. */
function row(items: readonly OutlineItem[], box: Box): Mark[] {
  const parts = items.flatMap((item): Part[] =>
    Array.from({ length: item.times }, () => ({ item, weight: weightOf(item) })),
  );
  const unit = box.width / Math.max(1e-9, sum(parts));
  let x = box.x;
  return parts.flatMap(({ item, weight }) => {
    const marks = place(item, { ...box, x, width: weight * unit });
    x += weight * unit;
    return marks;
  });
}

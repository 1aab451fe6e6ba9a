/** Changes of a tree of blocks, by paths; every change returns a new tree. */

import { isBlock, PARTS, partsOf, withParts } from "$/blocks/parts";
import type { Architecture, Block } from "$/engine/types";

export type Named = readonly [name: string, block: Block];

/** A place for blocks: before the `index`-th block of a lane, or as a branch of a Concat. */
export interface Place {
  /** Path of the list of blocks: of a Chain, of a single block that becomes one, of a Concat. */
  readonly lane: string;
  readonly index: number;
}

export const IDENTITY: Block = { type: "Identity" };

export const join = (path: string, name: string): string => (path ? `${path}.${name}` : name);

/** Return the path of the block around, and the name inside: "a.b.c" -> ["a.b", "c"]. */
export function split(path: string): readonly [around: string, name: string] {
  const at = path.lastIndexOf(".");
  return at < 0 ? ["", path] : [path.slice(0, at), path.slice(at + 1)];
}

export const isList = (block: Block): boolean => PARTS[block.type] === "blocks";
export const isChain = (block: Block): boolean => block.type === "Chain";
export const isComposition = (block: Block): boolean => block.type in PARTS;
export const isIdentity = (block: Block): boolean => block.type === IDENTITY.type;

/** Return the block at a path, or null. */
export function blockAt(root: Block, path: string): Block | null {
  let block: Block = root;
  for (const name of path ? path.split(".") : []) {
    const part = partsOf(block).find(([own]) => own === name);
    if (!part) return null;
    block = part[1];
  }
  return block;
}

/** Return the tree with the block at a path changed. */
export function changedAt(root: Block, path: string, change: (block: Block) => Block): Block {
  if (!path) return change(root);
  const [first = "", ...rest] = path.split(".");
  const parts = partsOf(root);
  if (!parts.some(([name]) => name === first)) return root;
  return withParts(
    root,
    parts.map(([name, part]): Named => [
      name,
      name === first ? changedAt(part, rest.join("."), change) : part,
    ]),
  );
}

/** Return a name that is not taken: the stem, then with a number that rises. */
export function freeName(stem: string, taken: ReadonlySet<string>): string {
  if (!taken.has(stem)) return stem;
  const base = stem.replace(/\d+$/, "") || "block";
  let number = Number(/\d+$/.exec(stem)?.[0] ?? 2);
  while (taken.has(`${base}${number}`)) number += 1;
  return `${base}${number}`;
}

const STEMS: Readonly<Record<string, string>> = {
  BatchNorm2d: "norm",
  LayerNorm2d: "norm",
  GroupNorm: "norm",
  InstanceNorm2d: "norm",
  LocalResponseNorm: "norm",
  GlobalAvgPool2d: "pool",
  GlobalMaxPool2d: "pool",
  AdaptiveAvgPool2d: "pool",
  AdaptiveMaxPool2d: "pool",
  MaxPool2d: "pool",
  AvgPool2d: "pool",
  Linear: "fc",
  Dropout: "drop",
  AuxiliaryHead: "aux",
};

/** Return the stem of a name for a new block: Conv2d -> conv. */
export function stemOf(type: string): string {
  const plain = type.replace(/\dd$/i, "").toLowerCase();
  return STEMS[type] ?? (/^[a-z][a-z0-9_]*$/.test(plain) ? plain : "block");
}

/** Return the tree with blocks inserted at a place, and the paths that they have there. */
export function inserted(
  root: Block,
  place: Place,
  blocks: readonly Named[],
): { readonly root: Block; readonly paths: readonly string[] } {
  const paths: string[] = [];
  const result = changedAt(root, place.lane, (lane) => {
    const inside = isList(lane) ? [...partsOf(lane)] : [];
    const own: Named[] = isList(lane) ? inside : singleOf(lane);
    const taken = new Set(own.map(([name]) => name));
    const added = blocks.map(([stem, block]): Named => {
      const name = freeName(stem, taken);
      taken.add(name);
      paths.push(join(place.lane, name));
      return [name, block];
    });
    const parts = own.toSpliced(place.index, 0, ...added);
    return isList(lane) ? withParts(lane, parts) : chainOf(parts);
  });
  return { root: result, paths };
}

/** A single block as the only one of a list; one that only passes its input on is left out. */
function singleOf(block: Block): Named[] {
  if (isIdentity(block)) return [];
  return [[stemOf(block.type), block]];
}

export function chainOf(parts: readonly Named[]): Block {
  return { type: "Chain", blocks: Object.fromEntries(parts) };
}

/** Return the tree without the blocks at these paths. Lists that they leave empty go too. */
export function removed(root: Block, paths: readonly string[]): Block {
  return topmost(paths).reduce(withoutOne, root);
}

function withoutOne(root: Block, path: string): Block {
  const [around, name] = split(path);
  const outer = blockAt(root, around);
  if (!outer || !path) return root;
  if (!isList(outer)) return changedAt(root, path, () => IDENTITY);
  const left = partsOf(outer).filter(([own]) => own !== name);
  if (left.length > 0 || !around) return changedAt(root, around, () => withParts(outer, left));
  const [outside] = split(around);
  const parent = blockAt(root, outside);
  // an empty branch passes its input on; an empty block of a chain is gone
  return parent && isChain(parent)
    ? withoutOne(root, around)
    : changedAt(root, around, () => IDENTITY);
}

/** Return the paths that lie inside no other one of them, in their order. */
export function topmost(paths: readonly string[]): readonly string[] {
  return paths.filter(
    (path, i) => paths.indexOf(path) === i && !paths.some((other) => path.startsWith(`${other}.`)),
  );
}

/** Return the blocks at paths with their names. */
export function blocksAt(root: Block, paths: readonly string[]): readonly Named[] {
  return topmost(paths).flatMap((path): Named[] => {
    const block = blockAt(root, path);
    return block && path ? [[nameFor(root, path, block), block]] : [];
  });
}

/** Return the name of a block outside of its place: a body or a shortcut has none of its own. */
function nameFor(root: Block, path: string, block: Block): string {
  const [around, name] = split(path);
  const outer = blockAt(root, around);
  return outer && isList(outer) ? name : stemOf(block.type);
}

/** Return the tree with blocks moved to a place, and their new paths; null if that cannot be. */
export function moved(
  root: Block,
  paths: readonly string[],
  place: Place,
): { readonly root: Block; readonly paths: readonly string[] } | null {
  const sources = topmost(paths);
  if (sources.some((path) => place.lane === path || place.lane.startsWith(`${path}.`))) return null;
  const blocks = blocksAt(root, sources);
  if (blocks.length === 0) return null;
  // the old places are kept, without their names, until the blocks are at the new one
  const kept = sources.reduce(emptied, root);
  const result = inserted(kept, place, blocks);
  const left = sources.map((path, i) => emptyPath(path, i, kept));
  return { root: left.reduce(withoutOne, result.root), paths: result.paths };
}

const EMPTY = "\u0000"; // no block can have this name

function emptyPath(path: string, number: number, root: Block): string {
  const [around] = split(path);
  const own = join(around, `${EMPTY}${number}`);
  return blockAt(root, own) ? own : path;
}

/** Return the tree with a place of no name, and nothing in it, where a block was. */
function emptied(root: Block, path: string, number: number): Block {
  const [around, name] = split(path);
  return changedAt(root, around, (outer) =>
    withParts(
      outer,
      partsOf(outer).map(([own, part]): Named => {
        if (own !== name) return [own, part];
        return isList(outer) ? [`${EMPTY}${number}`, IDENTITY] : [own, IDENTITY];
      }),
    ),
  );
}

/** Return the tree with a block renamed, and its new path; null where the name cannot be. */
export function renamed(root: Block, path: string, name: string): Block | null {
  const [around, old] = split(path);
  const outer = blockAt(root, around);
  if (!outer || !isList(outer) || !/^[A-Za-z][A-Za-z0-9_]{0,63}$/.test(name)) return null;
  if (name === "training") return null;
  if (name !== old && partsOf(outer).some(([own]) => own === name)) return null;
  return changedAt(root, around, (block) =>
    withParts(
      block,
      partsOf(block).map(([own, part]): Named => [own === old ? name : own, part]),
    ),
  );
}

export type Wrapping = "Chain" | "Residual" | "Concat" | "Gate" | "AuxiliaryHead";

/** Return the tree with neighbours wrapped in a composition; null if they are none. */
export function wrapped(
  root: Block,
  paths: readonly string[],
  type: Wrapping,
): { readonly root: Block; readonly path: string } | null {
  const own = topmost(paths);
  const [around] = split(own[0] ?? "");
  const outer = blockAt(root, around);
  if (!outer || own.length === 0 || own.some((path) => !path || split(path)[0] !== around)) {
    return null;
  }
  if (!isList(outer)) {
    const only = own[0] ?? "";
    return { root: changedAt(root, only, (block) => composed(type, block)), path: only };
  }
  const parts = partsOf(outer);
  const places = own.map((path) => parts.findIndex(([name]) => name === split(path)[1]));
  const [first, last] = [Math.min(...places), Math.max(...places)];
  if (first < 0 || last - first + 1 !== own.length) return null;
  const inside = parts.slice(first, last + 1);
  const single = inside.length === 1 ? inside[0]?.[1] : undefined;
  const body = single ?? chainOf(inside);
  const taken = new Set(parts.map(([name]) => name));
  inside.forEach(([name]) => taken.delete(name));
  const name = freeName(stemOf(type), taken);
  const block = type === "Chain" ? chainOf(inside) : composed(type, body);
  const next = parts.toSpliced(first, inside.length, [name, block]);
  const tree = changedAt(root, around, () => withParts(outer, next));
  return { root: tree, path: join(around, name) };
}

function composed(type: Wrapping, body: Block): Block {
  switch (type) {
    case "Chain":
      return chainOf([[stemOf(body.type), body]]);
    case "Residual":
      return { type, body, shortcut: IDENTITY };
    case "Concat":
      return { type, blocks: { left: body, right: IDENTITY } };
    case "Gate":
      return { type, body, gate: { type: "Sigmoid" } };
    case "AuxiliaryHead":
      return { type, head: body };
  }
}

/** Return the tree with a composition replaced by the blocks inside it; null for a layer. */
export function unwrapped(
  root: Block,
  path: string,
): { readonly root: Block; readonly paths: readonly string[] } | null {
  const block = blockAt(root, path);
  const [around, name] = split(path);
  const outer = blockAt(root, around);
  if (!block || !outer || !path || !isComposition(block)) return null;
  const inside = insideOf(block);
  if (!isChain(outer)) {
    const only = inside.length === 1 ? inside[0]?.[1] : undefined;
    const single = isChain(block) ? only : (only ?? chainOf(inside));
    if (!single) return null;
    return { root: changedAt(root, path, () => single), paths: [path] };
  }
  const parts = partsOf(outer);
  const at = parts.findIndex(([own]) => own === name);
  const taken = new Set(parts.map(([own]) => own));
  taken.delete(name);
  const freed = inside.map(([stem, part]): Named => {
    const free = freeName(stem, taken);
    taken.add(free);
    return [free, part];
  });
  const next = parts.toSpliced(at, 1, ...freed);
  const paths = freed.map(([own]) => join(around, own));
  return { root: changedAt(root, around, () => withParts(outer, next)), paths };
}

/** The blocks of a composition in a row: its body first, branches that do nothing left out. */
function insideOf(block: Block): readonly Named[] {
  const parts = partsOf(block);
  if (isChain(block)) return parts;
  const [, first] = parts[0] ?? [];
  const others = parts.slice(1).filter(([, part]) => !isIdentity(part));
  if (!first) return [];
  if (others.length === 0 || !isList(block)) {
    return isChain(first) ? partsOf(first) : [[stemOf(first.type), first]];
  }
  return parts.filter(([, part]) => !isIdentity(part));
}

/** A change that Python offers as a fix. */
export interface Change {
  readonly operation: "put" | "insert" | "remove" | "rename" | "input" | "classes";
  readonly path?: string;
  readonly block?: Block;
  readonly name?: string;
  readonly behind?: boolean;
  readonly value?: unknown;
}

/** Return the architecture after changes of a fix, as `arch/draft/changes.py` makes them. */
export function withChanges(architecture: Architecture, changes: readonly Change[]): Architecture {
  return changes.reduce(withChange, architecture);
}

function withChange(architecture: Architecture, change: Change): Architecture {
  const { path = "", block, name = "", value } = change;
  if (change.operation === "input" && Array.isArray(value)) {
    const [channels, height, width] = value.map(Number);
    return { ...architecture, input: [channels ?? 1, height ?? 1, width ?? 1] };
  }
  if (change.operation === "classes") return { ...architecture, num_classes: Number(value) };
  return { ...architecture, block: treeAfter(architecture.block, change, path, name, block) };
}

function treeAfter(
  root: Block,
  change: Change,
  path: string,
  name: string,
  block: Block | undefined,
): Block {
  const [around, own] = split(path);
  const parent = blockAt(root, around);
  if (!parent) return root;
  const parts = partsOf(parent);
  const at = parts.findIndex(([each]) => each === own);
  const put = (next: readonly Named[]): Block =>
    changedAt(root, around, (outer) => withParts(outer, next));
  switch (change.operation) {
    case "put":
      if (!block) return root;
      return path ? put(at < 0 ? [...parts, [own, block]] : parts.with(at, [own, block])) : block;
    case "insert":
      return block ? put(parts.toSpliced(at + (change.behind ? 1 : 0), 0, [name, block])) : root;
    case "remove":
      return put(parts.filter(([each]) => each !== own));
    case "rename":
      return put(parts.map(([each, part]): Named => [each === own ? name : each, part]));
    default:
      return root;
  }
}

/** Return whether a value has the form of an architecture: its blocks may not fit. */
export function isArchitecture(value: unknown): value is Architecture {
  if (typeof value !== "object" || value === null) return false;
  const { name, input, num_classes, block } = value as Readonly<Record<string, unknown>>;
  return (
    typeof name === "string" &&
    Array.isArray(input) &&
    input.length === 3 &&
    input.every((size) => Number.isInteger(size) && size > 0) &&
    Number.isInteger(num_classes) &&
    (num_classes as number) > 0 &&
    isBlock(block) &&
    isChain(block) &&
    isTree(block, 0)
  );
}

const MOST_DEPTH = 64;

/** Return whether every composition holds its blocks where it should. */
function isTree(block: Block, depth: number): boolean {
  const place = PARTS[block.type];
  if (!place) return true;
  if (depth > MOST_DEPTH) return false;
  if (place === "blocks") {
    const { blocks } = block;
    if (typeof blocks !== "object" || blocks === null || Array.isArray(blocks)) return false;
    return Object.values(blocks).every((part) => isBlock(part) && isTree(part, depth + 1));
  }
  return place.every((name, i) => {
    const part = block[name];
    return (part === undefined && i > 0) || (isBlock(part) && isTree(part, depth + 1));
  });
}

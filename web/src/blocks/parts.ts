/** Blocks of an architecture: layers, and compositions of named blocks. */

import type { Block } from "$/engine/types";

/** Where a composition holds its parts: in one object of named blocks, or in fields. */
export const PARTS: Readonly<Record<string, "blocks" | readonly string[]>> = {
  Chain: "blocks",
  Concat: "blocks",
  Residual: ["body", "shortcut"],
  Gate: ["body", "gate"],
  AuxiliaryHead: ["head"],
};

export function isBlock(value: unknown): value is Block {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof (value as { type?: unknown }).type === "string"
  );
}

/** Return the blocks inside a composition with their names, in order; none for a layer. */
export function partsOf(block: Block): readonly (readonly [name: string, part: Block])[] {
  const place = PARTS[block.type];
  if (!place) return [];
  const holder: unknown = place === "blocks" ? block.blocks : block;
  if (typeof holder !== "object" || holder === null) return [];
  const names = place === "blocks" ? Object.keys(holder) : place;
  return names.flatMap((name): [string, Block][] => {
    const part: unknown = Reflect.get(holder, name);
    return isBlock(part) ? [[name, part]] : [];
  });
}

/** Return a composition with other blocks inside. */
export function withParts(block: Block, parts: readonly (readonly [string, Block])[]): Block {
  const named = Object.fromEntries(parts);
  return PARTS[block.type] === "blocks" ? { ...block, blocks: named } : { ...block, ...named };
}

/** Which compositions are folded when a network is opened, so that a large one is readable. */

import { partsOf } from "$/blocks/parts";
import type { Block } from "$/engine/types";
import { isChain, isComposition, join } from "./edits";

const MOST_CARDS = 90;

/** A block that has a card of its own. */
interface Card {
  readonly path: string;
  readonly block: Block;
}

/** Return the cards inside a composition: a chain that is a branch is a list without a card. */
export function cardsIn(block: Block, path: string): readonly Card[] {
  return partsOf(block).flatMap(([name, part]): readonly Card[] => {
    const own = join(path, name);
    return isChain(part) && !isChain(block) ? cardsIn(part, own) : [{ path: own, block: part }];
  });
}

/** Return the paths of all compositions with a card inside, with their depth. */
function compositions(
  block: Block,
  path = "",
  depth = 0,
): { readonly path: string; readonly depth: number; readonly parts: number }[] {
  return cardsIn(block, path).flatMap((card) => {
    if (!isComposition(card.block)) return [];
    const parts = cardsIn(card.block, card.path).length;
    const own = { path: card.path, depth, parts };
    return [own, ...compositions(card.block, card.path, depth + 1)];
  });
}

/** Return the paths that are folded at first: as few levels are open as keep the cards readable. */
export function firstFolded(root: Block): ReadonlySet<string> {
  const all = compositions(root);
  const deepest = Math.max(-1, ...all.map(({ depth }) => depth));
  for (let level = deepest + 1; level > 0; level--) {
    const open = all.filter(({ depth }) => depth < level);
    const cards = open.reduce((sum, { parts }) => sum + parts, cardsIn(root, "").length);
    if (cards <= MOST_CARDS) return new Set(all.filter(({ depth }) => depth >= level).map(pathOf));
  }
  return new Set(all.map(pathOf));
}

const pathOf = ({ path }: { readonly path: string }): string => path;

/** Return the paths of all compositions. */
export function allFolded(root: Block): ReadonlySet<string> {
  return new Set(compositions(root).map(pathOf));
}

/** Return the paths of the blocks that are shown, from top to bottom. */
export function visible(root: Block, folded: ReadonlySet<string>, path = ""): readonly string[] {
  return cardsIn(root, path).flatMap(({ path: own, block }) =>
    folded.has(own) ? [own] : [own, ...visible(block, folded, own)],
  );
}

/** Return the number of layers inside. */
export function numLayers(block: Block): number {
  if (!isComposition(block)) return 1;
  return partsOf(block).reduce((sum, [, part]) => sum + numLayers(part), 0);
}

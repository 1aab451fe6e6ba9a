/** Items with stages folded and counted items unfolded, as the reader chose.
 *
 * Every item has an id: its place in the data, `2`, `2/0` inside of it, `2#1` for its second copy.
 */

import type { ConcatItem, DiagramData, Item, LayerItem, MergeItem } from "$/diagram/types";

/** Ids of folded stages, and of counted items that are drawn copy by copy. */
export interface Folds {
  readonly folded: ReadonlySet<string>;
  readonly unfolded: ReadonlySet<string>;
}

export const NO_FOLDS: Folds = { folded: new Set(), unfolded: new Set() };
/** Boxes of a diagram from which on its stages are folded at first. */
const MANY_BOXES = 70;

type Counted = LayerItem | ConcatItem | MergeItem;

/** Return the parts of an item that hold items, in order. */
export function inner(item: Item): readonly (readonly Item[])[] {
  switch (item.type) {
    case "layer":
      return [];
    case "concat":
      return item.branches;
    case "merge":
      return [item.body, item.branch];
    case "head":
      return [item.head];
    case "stage":
      return [item.items];
  }
}

/** Return the paths of all layers in an item, those at its own end last. */
export function layersOf(item: Item): string[] {
  const inside = inner(item).flatMap((part) => part.flatMap(layersOf));
  return "layers" in item ? [...inside, ...item.layers] : inside;
}

/** Return one copy of an item that stands for several equal ones. */
export function copyOf<I extends Counted>(item: I, number: number): I {
  return { ...sliced(item, number, item.times), times: 1 };
}

/** Return an item with the paths of one of `num` copies, at every depth. */
function sliced<I extends Item>(item: I, number: number, num: number): I {
  const part = (paths: readonly string[]): readonly string[] => {
    const each = paths.length / num;
    return paths.slice(number * each, (number + 1) * each);
  };
  const all = (items: readonly Item[]): Item[] => items.map((each) => sliced(each, number, num));
  const every: Item = item;
  switch (every.type) {
    case "layer":
      return { ...item, layers: part(every.layers) };
    case "concat": {
      const paths = part(every.paths);
      const name = paths[0]?.split(".").at(-1) ?? every.name;
      return {
        ...item,
        branches: every.branches.map(all),
        paths,
        name,
        layers: part(every.layers),
      };
    }
    case "merge": {
      const paths = part(every.paths);
      const name = paths[0]?.split(".").at(-1) ?? every.name;
      const sides = { body: all(every.body), branch: all(every.branch) };
      return { ...item, ...sides, paths, name, layers: part(every.layers) };
    }
    case "head":
      return { ...item, head: all(every.head) };
    case "stage":
      return { ...item, items: all(every.items) };
  }
}

/** An item with its id. */
export interface Placed {
  readonly id: string;
  readonly item: Item;
  /** Of the first of several copies: how many there are. */
  readonly copies?: number;
}

/** Return items with their ids; those that the reader unfolded copy by copy. */
export function placed(items: readonly Item[], within: string, folds: Folds): Placed[] {
  return items.flatMap((item, i): Placed[] => {
    const id = within ? `${within}/${i}` : `${i}`;
    if (!("times" in item) || item.times === 1 || !folds.unfolded.has(plain(id))) {
      return [{ id, item }];
    }
    return Array.from({ length: item.times }, (_, n) => {
      const copy = { id: `${id}#${n}`, item: copyOf(item, n) };
      return n ? copy : { ...copy, copies: item.times };
    });
  });
}

/** Return an id without the numbers of copies, which are folded together. */
export function plain(id: string): string {
  return id.replace(/#\d+/g, "");
}

/** Return the ids of all stages, and of all items that stand for several. */
export function foldable(
  items: readonly Item[],
  within = "",
): { stages: string[]; counted: string[] } {
  const stages: string[] = [];
  const counted: string[] = [];
  items.forEach((item, i) => {
    const id = within ? `${within}/${i}` : `${i}`;
    if (item.type === "stage") stages.push(id);
    if ("times" in item && item.times > 1) counted.push(id);
    inner(item).forEach((part, n) => {
      const deeper = foldable(part, item.type === "stage" ? id : `${id}/${n}`);
      stages.push(...deeper.stages);
      counted.push(...deeper.counted);
    });
  });
  return { stages, counted };
}

/** Return how a diagram is folded at first: the stages of one with many boxes. */
export function firstFolds(data: DiagramData): Folds {
  const many = numBoxes(data.items) > MANY_BOXES;
  return { folded: new Set(many ? foldable(data.items).stages : []), unfolded: new Set() };
}

function numBoxes(items: readonly Item[]): number {
  return items.reduce(
    (sum, item) =>
      sum + inner(item).reduce((all, part) => all + numBoxes(part), item.type === "stage" ? 0 : 1),
    0,
  );
}

/** Return folds with one id changed. */
export function toggled(folds: Folds, id: string, kind: keyof Folds): Folds {
  const next = new Set(folds[kind]);
  if (!next.delete(plain(id))) next.add(plain(id));
  return { ...folds, [kind]: next };
}

/** A diagram from top to bottom: boxes, branches side by side, shortcuts at the right.
 *
 * Every part is laid out around its own port, the point x = 0 at which the line enters and leaves
 * it; compositions put parts beside and below each other, so that nothing can overlap. The rules
 * are those of `render/diagram/graph.py`.
 */

import { colourOf } from "$/theme/roles";
import { layersOf, placed, type Folds, type Placed } from "$/diagram/folds";
import { layerLabel, sizeText } from "$/diagram/labels";
import { around, label, line, moved, part, SMALL, stacked, TEXT } from "$/diagram/marks";
import type { Mark, NodeMark, Part } from "$/diagram/marks";
import { foldedNames } from "$/diagram/names";
import type {
  ConcatItem,
  DiagramData,
  HeadItem,
  Item,
  LayerItem,
  MergeItem,
} from "$/diagram/types";
import type { StageItem } from "$/diagram/types";
import { text } from "$/lang/index.svelte";
import { textWidth, wrapped } from "$/payload/text";

const GAP = 26;
const LINE = 16;
const FIRST = 16.5; // baseline of the first line of a box
const BETWEEN = 12;
const BADGE = 16;
const NAMES = 60; // room for the names of folded blocks
const FRAME = 9;
const CIRCLE = 9;
const SIGN = 18; // side of a button that folds
const MARGIN = 12;

const MERGED = { add: "diagram.residual", multiply: "diagram.gate" } as const;

export interface Options {
  readonly folds: Folds;
  /** Side of the room for a picture in each box; 0 for none. */
  readonly thumbnail: number;
}

export interface Layout {
  readonly marks: readonly Mark[];
  readonly width: number;
  readonly height: number;
  /** Where the main path runs. */
  readonly port: number;
}

/** Return the marks of a diagram; all lie within its size. */
export function layout(data: DiagramData, options: Options): Layout {
  const size = sizeText(data.input);
  const input = node("input", "input", text("diagram.input", { size }), {
    layers: [""],
    shape: data.input,
  });
  const parts: Part[] = [boxed(input, [], options.thumbnail)];
  let shape = data.input;
  let written = shape;
  for (const { caption, each } of opened(data.items, options.folds)) {
    const size = String(shape) === String(written) ? "" : sizeText(shape);
    written = shape;
    parts.push(stacked([edge(each, size, caption), partOf(each, options)]));
    shape = shapeOf(each.item) ?? shape;
  }
  const logits = text("diagram.logits", { num: data.num_classes });
  const last = node("output", "input", logits, { layers: [], shape: [data.num_classes] });
  parts.push(stacked([edge(), boxed(last, [], 0)]));
  const whole = stacked(parts);
  const area = around(whole.marks);
  return {
    marks: moved(whole.marks, MARGIN - area.left, MARGIN - area.top),
    width: area.right - area.left + 2 * MARGIN,
    height: area.bottom - area.top + 2 * MARGIN,
    port: MARGIN - area.left,
  };
}

interface Caption {
  readonly name: string;
  /** The stage that begins here, by its id. */
  readonly stage: string;
}

const NO_CAPTION: Caption = { name: "", stage: "" };

/** Return every item of the main path with its caption, with the open stages opened. */
function opened(
  items: readonly Item[],
  folds: Folds,
  within = "",
): { caption: Caption; each: Placed }[] {
  return placed(items, within, folds).flatMap((each) => {
    const { item, id } = each;
    if (item.type !== "stage" || folds.folded.has(id)) {
      const alone = (item.type === "concat" || item.type === "merge") && item.times === 1;
      return [{ caption: alone ? { name: item.name, stage: "" } : NO_CAPTION, each }];
    }
    const [first, ...rest] = opened(item.items, folds, id);
    return first
      ? [{ caption: { name: stageName(item), stage: id }, each: first.each }, ...rest]
      : [];
  });
}

function stageName(item: StageItem): string {
  return item.blocks ? `${item.name} ×${item.blocks}` : item.name;
}

function shapeOf(item: Item): readonly number[] | null {
  if (item.type === "stage") return item.items.map(shapeOf).findLast((shape) => shape) ?? null;
  return item.type === "head" ? null : item.shape;
}

/** Return the line to an item, with a shape at its right and a name at its left. */
function edge(to?: Placed, size = "", caption = NO_CAPTION): Part {
  const isBox = !to || to.item.type === "layer" || to.item.type === "stage";
  const marks: Mark[] = [line([[0, 0], [0, GAP]], isBox)]; // prettier-ignore
  if (size) {
    marks.push(label(6, GAP / 2 + 3, size, { size: SMALL, anchor: "start", muted: true }));
  }
  if (to?.copies) {
    const x = 6 + (size ? textWidth(size, SMALL) + 6 : 0);
    marks.push(fold(to.id, "copies", true, `×${to.copies}`, x, GAP / 2 - 9, SIGN));
  }
  if (caption.stage) {
    const width = textWidth(caption.name, SMALL, true) + SIGN + 4;
    marks.push(fold(caption.stage, "stage", true, caption.name, -8 - width, GAP / 2 - 9, width));
  } else if (caption.name) {
    marks.push(label(-6, GAP / 2 + 3, caption.name, { size: SMALL, anchor: "end", bold: true }));
  }
  return part(marks, GAP);
}

function fold(
  id: string,
  what: "stage" | "copies",
  open: boolean,
  name: string,
  x: number,
  y: number,
  width: number,
): Mark {
  return { kind: "fold", id, what, open, name, x, y, width, height: SIGN };
}

function partOf(each: Placed, options: Options): Part {
  const { item, id } = each;
  switch (item.type) {
    case "layer":
      return layer(item, id, options);
    case "concat":
      return framed(concat(item, id, options), item, id);
    case "merge":
      return framed(merge(item, id, options), item, id);
    case "head":
      return head(item, id, options);
    case "stage":
      return foldedStage(item, id);
  }
}

function node(
  id: string,
  colour: string,
  words: string,
  more: {
    layers: readonly string[];
    shape: readonly number[];
    round?: boolean;
    several?: boolean;
  },
): NodeMark {
  const { layers, shape, round = false, several = false } = more;
  const place = { x: 0, y: 0, width: 0, height: 0, thumbnail: 0 };
  return { kind: "node", id, colour, layers, shape, round, several, label: words, ...place };
}

/** Return a box with its first line, and further ones that are muted. */
function boxed(mark: NodeMark, follow: readonly string[], thumbnail: number, badge = ""): Part {
  const behind = badge ? textWidth(badge, TEXT, true) + 8 : 0;
  const first = textWidth(mark.label, TEXT);
  const width =
    Math.max(first + behind, thumbnail, ...follow.map((each) => textWidth(each, SMALL, true))) + 18;
  const text = LINE * (1 + follow.length) + 8;
  const height = text + (thumbnail ? thumbnail + 4 : 0);
  const texts = follow.map((each, i) =>
    label(0, FIRST + LINE * (i + 1), each, { size: SMALL, muted: true }),
  );
  const whole = [mark.label, badge, ...follow].filter(Boolean).join(" · ");
  const box = { ...mark, x: -width / 2, width, height, label: whole };
  const marks: Mark[] = [{ ...box, thumbnail: thumbnail ? text : 0 }];
  marks.push(label(-behind / 2, FIRST, mark.label), ...texts);
  if (badge) {
    marks.push(label((first + behind) / 2, FIRST, badge, { anchor: "end", bold: true }));
  }
  return part(marks, height);
}

function layer(item: LayerItem, id: string, { thumbnail }: Options): Part {
  const badge = item.times > 1 ? `×${item.times}` : "";
  const follow = item.follow.map(layerLabel).join(" · ");
  const colour = colourOf(item.role);
  const box = boxed(
    node(id, colour, layerLabel(item.label), { ...item, several: item.times > 1 }),
    follow ? [follow] : [],
    thumbnail,
    badge,
  );
  if (!badge) return box;
  return part([...box.marks, fold(id, "copies", false, badge, box.right + 9, 3, SIGN)], box.height);
}

function foldedStage(item: StageItem, id: string): Part {
  const shape = shapeOf(item) ?? [];
  const box = boxed(
    node(id, "other", stageName(item), { layers: layersOf(item), shape, several: true }),
    [],
    0,
  );
  const button = fold(id, "stage", false, stageName(item), box.right + 9, 3, SIGN);
  return part([...box.marks, button], box.height);
}

/** Return the items of a branch. A layer that changes the size says so in its box. */
function branchOf(items: readonly Item[], within: string, options: Options): Part {
  return stacked(
    placed(items, within, options.folds).flatMap((each) => [edge(each), partOf(each, options)]),
  );
}

function concat(item: ConcatItem, id: string, options: Options): Part {
  const branches = item.branches.map((branch, n) => branchOf(branch, `${id}/${n}`, options));
  const places: number[] = [];
  let x = 0;
  for (const branch of branches) {
    const left = Math.min(branch.left, -12);
    places.push(x - left);
    x += Math.max(branch.right, 12) - left + BETWEEN;
  }
  const middle = ((places[0] ?? 0) + (places.at(-1) ?? 0)) / 2;
  const ports = places.map((place) => place - middle);
  const [first, last] = [ports[0] ?? 0, ports.at(-1) ?? 0];
  const top = 10;
  const low = top + Math.max(...branches.map((branch) => branch.height)) + 16;
  const marks: Mark[] = [line([[0, 0], [0, top]])]; // prettier-ignore
  if (ports.length > 1) marks.push(line([[first, top], [last, top]])); // prettier-ignore
  branches.forEach((branch, n) => {
    const port = ports[n] ?? 0;
    marks.push(...moved(branch.marks, port, top));
    marks.push(line([[port, top + branch.height], [port, low]], true)); // prettier-ignore
  });
  const words = [text("diagram.concat"), ...item.follow.map(layerLabel)].join(" · ");
  const half = Math.max(last + 18, textWidth(words, TEXT) / 2 + 9);
  const bar = node(id, "join", words, item);
  marks.push({ ...bar, x: -half, y: low, width: 2 * half, height: 22 });
  marks.push(label(0, low + 16, words));
  return part(marks, low + 22);
}

function merge(item: MergeItem, id: string, options: Options): Part {
  const body = branchOf(item.body, `${id}/0`, options);
  const branch = branchOf(item.branch, `${id}/1`, options);
  const top = 9;
  const aside = Math.max(body.right, CIRCLE) + 16 - branch.left;
  const low = top + Math.max(body.height, branch.height) + 14;
  const centre = low + CIRCLE;
  const words = [text(MERGED[item.operation]), ...item.follow.map(layerLabel)].join(" · ");
  const circle = node(id, "join", words, { ...item, round: true });
  const place = { x: -CIRCLE, y: low, width: 2 * CIRCLE, height: 2 * CIRCLE };
  const down: [number, number] = [0, low];
  const marks: Mark[] = [
    line([[0, 0], [0, top]]), // prettier-ignore
    line([[0, top], [aside, top]]), // prettier-ignore
    ...moved(body.marks, 0, top),
    ...moved(branch.marks, aside, top),
    line([[0, top + body.height], down], true),
    line([[aside, top + branch.height], [aside, centre], [CIRCLE, centre]], true), // prettier-ignore
    { ...circle, ...place },
    ...signs[item.operation](centre),
    label(-CIRCLE - 5, centre + 4, words, { size: SMALL, anchor: "end", muted: true }),
  ];
  return part(marks, low + 2 * CIRCLE);
}

const signs: Readonly<Record<MergeItem["operation"], (y: number) => Mark[]>> = {
  add: (y) => [line([[-4, y], [4, y]]), line([[0, y - 4], [0, y + 4]])], // prettier-ignore
  multiply: (y) => [line([[-3, y - 3], [3, y + 3]]), line([[-3, y + 3], [3, y - 3]])], // prettier-ignore
};

function head(item: HeadItem, id: string, options: Options): Part {
  const inside = branchOf(item.head, `${id}/0`, options);
  const top = 8;
  const words = text("diagram.auxiliary", { weight: item.weight });
  const x = Math.max(22 - inside.left, 14 + textWidth(words, SMALL) / 2);
  const height = top + inside.height + 20;
  const marks: Mark[] = [
    line([[0, 0], [0, height]]), // prettier-ignore
    line([[0, top], [x, top]]), // prettier-ignore
    ...moved(inside.marks, x, top),
    label(x, top + inside.height + 13, words, { size: SMALL, muted: true }),
  ];
  return part(marks, height);
}

/** Return a dashed frame with the number and the names of the blocks that it stands for. */
function framed(inside: Part, item: ConcatItem | MergeItem, id: string): Part {
  if (item.times === 1) return inside;
  const badge = `×${item.times}`;
  const names = wrapped(
    foldedNames(item.paths.slice(0, item.times), text("diagram.to")),
    NAMES,
    SMALL,
  );
  const beside = Math.max(
    textWidth(badge, BADGE, true) + SIGN + 6,
    ...names.map((each) => textWidth(each, SMALL)),
  );
  const [left, right] = [inside.left - FRAME, inside.right + FRAME];
  const wide = right - left + beside + FRAME;
  const high = Math.max(inside.height, BADGE + LINE * names.length) + 2 * FRAME;
  const top = (high - BADGE - LINE * names.length) / 2 + BADGE - 2;
  const across = right + textWidth(badge, BADGE, true) + 6;
  const marks: Mark[] = [
    { kind: "frame", x: left, y: 0, width: wide, height: high },
    line([[0, 0], [0, FRAME]]), // prettier-ignore
    ...moved(inside.marks, 0, FRAME),
    line([[0, inside.height + FRAME], [0, high]]), // prettier-ignore
    label(right, top, badge, { size: BADGE, anchor: "start", bold: true }),
    fold(id, "copies", false, badge, across, top - 15, SIGN),
  ];
  names.forEach((each, n) => {
    const look = { size: SMALL, anchor: "start", muted: true } as const;
    marks.push(label(right, top + LINE * (n + 1), each, look));
  });
  return part(marks, high);
}

/** Scenes of a chapter: a figure, and the text beside which it stays in view. */

import type { Block, FigureBlock, Span } from "$/course/records";

export interface Scene {
  readonly figure: FigureBlock | null;
  /** Blocks before and after the figure, where it stands in the text. */
  readonly before: readonly Block[];
  readonly after: readonly Block[];
}

const SECTION = 2; // level of the headings that begin one

/** Return the spans of a block, those in lists and quotes too. */
function spansOf(block: Block): readonly Span[] {
  switch (block.kind) {
    case "paragraph":
    case "heading":
      return block.spans;
    case "list":
      return block.items.flat().flatMap(spansOf);
    case "erratum":
      return block.blocks.flatMap(spansOf);
    case "question":
      return block.prompt.flatMap(spansOf);
    case "table":
      return [...block.head, ...block.rows.flat()].flat();
    default:
      return [];
  }
}

/** Return whether a phrase of the block drives the figure. */
export function drives(block: Block, figure: string): boolean {
  const inside = (spans: readonly Span[]): boolean =>
    spans.some(
      (span) =>
        (span.kind === "drive" && span.figure === figure) ||
        ("spans" in span && inside(span.spans)),
    );
  return inside(spansOf(block));
}

/** Return where the text of a figure begins, in the blocks between it and the figure before. */
function startOf(between: readonly Block[], figure: string): number {
  const heading = between.findLastIndex((block) => block.kind === "heading");
  if (heading >= 0) return heading;
  const driven = between.findIndex((block) => drives(block, figure));
  // without a sign of where it begins, the paragraph before the figure introduces it
  return driven >= 0 ? driven : Math.max(0, between.length - 1);
}

function sections(blocks: readonly Block[]): readonly (readonly Block[])[] {
  const result: Block[][] = [[]];
  for (const block of blocks) {
    if (block.kind === "heading" && block.level <= SECTION) result.push([]);
    result.at(-1)?.push(block);
  }
  return result.filter((section) => section.length > 0);
}

interface Open {
  figure: FigureBlock | null;
  before: Block[];
  after: Block[];
}

function add(scenes: Open[], section: readonly Block[]): void {
  const isFigure = (block: Block): block is FigureBlock => block.kind === "figure";
  let rest = section;
  for (let isFirst = true; ; isFirst = false) {
    const at = rest.findIndex(isFigure);
    const figure = rest[at];
    const last = scenes.at(-1);
    if (!figure || !isFigure(figure)) {
      if (last) (last.figure ? last.after : last.before).push(...rest);
      else scenes.push({ figure: null, before: [...rest], after: [] });
      return;
    }
    const between = rest.slice(0, at);
    const start = isFirst ? 0 : startOf(between, figure.id);
    last?.after.push(...between.slice(0, start));
    if (last && !last.figure) {
      // text before the first figure: the figure stands beside it too
      last.figure = figure;
      last.before.push(...between);
    } else scenes.push({ figure, before: between.slice(start), after: [] });
    rest = rest.slice(at + 1);
  }
}

/**
 * Return the scenes of a chapter, which hold all its blocks in their order.
 *
 * A scene begins with the section of its figure and ends where that of the next figure begins; a
 * section without a figure belongs to the scene before it.
 */
export function scenesOf(blocks: readonly Block[]): readonly Scene[] {
  const scenes: Open[] = [];
  for (const section of sections(blocks)) add(scenes, section);
  return scenes;
}

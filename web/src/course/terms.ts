/** Terms of the glossary that a chapter explains. */

import type { Block, Span, TermSpan } from "$/course/records";

function inSpans(spans: readonly Span[]): readonly TermSpan[] {
  return spans.flatMap((span) =>
    span.kind === "term" ? [span] : "spans" in span ? inSpans(span.spans) : [],
  );
}

function inBlock(block: Block): readonly TermSpan[] {
  switch (block.kind) {
    case "paragraph":
    case "heading":
      return inSpans(block.spans);
    case "figure":
      return inSpans(block.caption);
    case "list":
      return block.items.flat().flatMap(inBlock);
    case "erratum":
      return block.blocks.flatMap(inBlock);
    case "question":
      return block.prompt.flatMap(inBlock);
    case "table":
      return [...block.head, ...block.rows.flat()].flatMap(inSpans);
    default:
      return [];
  }
}

/** Return the terms in their order, each once. */
export function termsOf(blocks: readonly Block[]): readonly TermSpan[] {
  const all = new Map<string, TermSpan>();
  for (const term of blocks.flatMap(inBlock)) if (!all.has(term.entry)) all.set(term.entry, term);
  return [...all.values()];
}

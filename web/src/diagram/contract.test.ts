/** Diagrams compared with Python's. `e2e/test_drawing_contract.py` writes the cases. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { firstFolds, foldable, layersOf, NO_FOLDS, type Folds } from "$/diagram/folds";
import { layout, type Layout } from "$/diagram/layout";
import { boundsOf, type Bounds, type Mark, type Point } from "$/diagram/marks";
import { foldedNames } from "$/diagram/names";
import type { DiagramData } from "$/diagram/types";
import { choice } from "$/lang/index.svelte";

interface Case {
  readonly data: DiagramData;
  /** Texts of Python's block graph, and how often each is written. */
  readonly texts: Readonly<Record<string, number>>;
}

const folder = process.env["DRAWING_CASES"] ?? "";

function read<Each>(name: string): Each[] {
  return folder ? (JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8")) as Each[]) : [];
}

const cases = read<Case>("graphs").map((each) => [each.data.name, each] as const);
const plain = { folds: NO_FOLDS, thumbnail: 0 };

function apart(a: Bounds, b: Bounds, slack = 0.2): boolean {
  return (
    a.right <= b.left + slack ||
    b.right <= a.left + slack ||
    a.bottom <= b.top + slack ||
    b.bottom <= a.top + slack
  );
}

function inside(a: Bounds, b: Bounds, slack = 0.2): boolean {
  return (
    b.left - slack <= a.left &&
    b.top - slack <= a.top &&
    a.right <= b.right + slack &&
    a.bottom <= b.bottom + slack
  );
}

/** The letters of a text, which leave some of the line free. */
function area(mark: Mark): Bounds {
  const sides = boundsOf(mark);
  if (mark.kind !== "text") return sides;
  return { ...sides, top: mark.y - 0.9 * mark.size, bottom: mark.y + 0.22 * mark.size };
}

/** Whether a horizontal or vertical piece passes through an area. */
function meets([a, b]: readonly [Point, Point], sides: Bounds, shrink = 0.6): boolean {
  const piece = {
    left: Math.min(a[0], b[0]),
    right: Math.max(a[0], b[0]),
    top: Math.min(a[1], b[1]),
    bottom: Math.max(a[1], b[1]),
  };
  return !(
    piece.right <= sides.left + shrink ||
    piece.left >= sides.right - shrink ||
    piece.bottom <= sides.top + shrink ||
    piece.top >= sides.bottom - shrink
  );
}

/** Return what overlaps, crosses or leaves the paper, in words. */
function faults({ marks, width, height }: Layout): string[] {
  const wrong: string[] = [];
  const page = { left: 0, top: 0, right: width, bottom: height };
  const named = marks.map((mark) => ({
    kind: mark.kind,
    name: mark.kind === "text" ? mark.text : mark.kind,
    sides: area(mark),
  }));
  const pieces = marks.flatMap((mark) =>
    mark.kind === "line"
      ? mark.points.slice(1).flatMap((point, i) => {
          const before = mark.points[i];
          // the signs of a merge lie within their circle
          return before && Math.hypot(point[0] - before[0], point[1] - before[1]) > 9
            ? [[before, point] as const]
            : [];
        })
      : [],
  );
  for (const [i, one] of named.entries()) {
    if (!inside(one.sides, page)) wrong.push(`${one.name} leaves the paper`);
    if (one.kind === "line") continue;
    for (const other of named.slice(i + 1)) {
      if (other.kind === "line" || apart(one.sides, other.sides)) continue;
      const texts = [one, other].filter(({ kind }) => kind === "text" || kind === "fold").length;
      const nested = inside(one.sides, other.sides) || inside(other.sides, one.sides);
      if (!nested || texts === 2) wrong.push(`${one.name} overlaps ${other.name}`);
    }
    if (one.kind === "frame") continue;
    if (pieces.some((piece) => meets(piece, one.sides))) wrong.push(`a line crosses ${one.name}`);
  }
  return wrong;
}

/** Return ways of folding: all, none, at first, and every second one. */
function folded(data: DiagramData): Folds[] {
  const { stages, counted } = foldable(data.items);
  const second = (ids: string[]): Set<string> => new Set(ids.filter((_, i) => i % 2 === 0));
  return [
    NO_FOLDS,
    firstFolds(data),
    { folded: new Set(stages), unfolded: new Set() },
    { folded: second(stages), unfolded: second(counted) },
    ...(counted.length < 40 ? [{ folded: new Set<string>(), unfolded: new Set(counted) }] : []),
  ];
}

describe.skipIf(!folder)("diagrams", () => {
  it.each(cases)("%s has the texts of Python's block graph", (_, { data, texts }) => {
    const counted: Record<string, number> = {};
    for (const mark of layout(data, plain).marks) {
      const text = mark.kind === "text" ? mark.text : "";
      const stage = mark.kind === "fold" && mark.what === "stage" ? mark.name : "";
      for (const each of [text, stage].filter(Boolean)) counted[each] = (counted[each] ?? 0) + 1;
    }
    expect(counted).toEqual(texts);
  });

  it.each(cases)("%s overlaps nothing, however it is folded", (_, { data }) => {
    for (const folds of folded(data)) {
      for (const [language, thumbnail] of [
        ["en", 0],
        ["zh", 40],
      ] as const) {
        choice.language = language;
        const drawn = layout(data, { folds, thumbnail });
        choice.language = "en";
        if (drawn.marks.length < 6000) expect(faults(drawn)).toEqual([]);
      }
    }
  });

  it.each(cases)("%s has every layer in one box, and each copy once", (_, { data }) => {
    const all = data.items.flatMap(layersOf).toSorted();
    expect(new Set(all).size).toBe(all.length);
    for (const folds of folded(data)) {
      const nodes = layout(data, { folds, thumbnail: 0 }).marks.filter((m) => m.kind === "node");
      const drawn = nodes.flatMap((node) => node.layers).filter(Boolean);
      expect(drawn.toSorted()).toEqual(all);
      expect(new Set(nodes.map((node) => node.id)).size).toBe(nodes.length);
    }
  });

  it("name folded blocks as Python does", () => {
    for (const { paths, text } of read<{ paths: string[]; text: string }>("names")) {
      expect(foldedNames(paths, "to")).toBe(text);
    }
  });
});

describe.skipIf(!folder)("overlaps", () => {
  it("are noticed", () => {
    const first = cases[0]?.[1];
    if (!first) throw new Error("no case");
    const drawn = layout(first.data, plain);
    const node = drawn.marks.find((mark) => mark.kind === "node");
    if (!node) throw new Error("no box");
    const moved = { ...node, x: node.x + 5, y: node.y + 5 };
    expect(faults({ ...drawn, marks: [...drawn.marks, moved] })).not.toEqual([]);
  });
});

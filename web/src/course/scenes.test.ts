import { expect, test } from "vitest";
import type { Block, FigureBlock } from "$/course/records";
import { drives, scenesOf } from "$/course/scenes";

const heading = (anchor: string, level = 2): Block => ({
  kind: "heading",
  level,
  anchor,
  spans: [],
});
const words = (text: string): Block => ({ kind: "paragraph", spans: [{ kind: "text", text }] });
const driving = (figure: string): Block => ({
  kind: "paragraph",
  spans: [{ kind: "strong", spans: [{ kind: "drive", figure, state: { step: "1" }, spans: [] }] }],
});
const figure = (id: string): FigureBlock => ({
  kind: "figure",
  id,
  lab: "convolution",
  title: "",
  state: {},
  caption: [],
  presets: [],
  code: "",
  command: null,
});

/** Return the ids of the figures, with the number of blocks before and after each. */
const outline = (blocks: readonly Block[]): unknown =>
  scenesOf(blocks).map(({ figure, before, after }) => [
    figure?.id ?? null,
    before.length,
    after.length,
  ]);

test("a chapter without figures is one scene", () => {
  expect(outline([words("a"), heading("b"), words("c")])).toEqual([[null, 3, 0]]);
});

test("text before the first figure has the figure beside it", () => {
  const blocks = [words("a"), heading("b"), words("c"), heading("d"), words("e"), figure("f")];
  expect(outline(blocks)).toEqual([["f", 5, 0]]);
});

test("a scene begins with the section of its figure", () => {
  const first = [heading("a"), words("a"), figure("one"), words("b")];
  const rest = [heading("c"), words("c"), heading("d"), words("d"), figure("two"), words("e")];
  expect(outline([...first, ...rest])).toEqual([
    ["one", 2, 3],
    ["two", 2, 1],
  ]);
});

test.each([
  ["the paragraph before it", [words("a"), words("b"), words("c")], 1],
  ["the first phrase that drives it", [words("a"), driving("two"), words("c")], 2],
  ["a heading", [words("a"), heading("b", 3), words("c")], 2],
  ["nothing", [], 0],
])("the second figure of a section begins with %s", (_name, between, count) => {
  const scenes = scenesOf([heading("a"), figure("one"), ...between, figure("two")]);
  expect(scenes.map((scene) => scene.before.length)).toEqual([1, count]);
});

test("all blocks are in the scenes, in their order", () => {
  const blocks = [words("a"), figure("x"), words("b"), figure("y"), heading("h"), words("c")];
  const all = scenesOf(blocks).flatMap(({ figure, before, after }) => [
    ...before,
    ...(figure ? [figure] : []),
    ...after,
  ]);
  expect(all).toEqual(blocks);
});

test("a phrase inside other spans is seen", () => {
  expect(drives(driving("one"), "one")).toBe(true);
  expect(drives(driving("one"), "two")).toBe(false);
});

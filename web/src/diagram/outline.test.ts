import { describe, expect, test } from "vitest";
import { outlineMarks, outlineOf, type Mark, type OutlineItem } from "$/diagram/outline";
import type { Item } from "$/diagram/types";

const layer = (channels: number, side: number, times = 1): OutlineItem => ({
  type: "layer",
  role: "convolution",
  shape: [channels, side, side],
  times,
});
const vector = (features: number): OutlineItem => ({
  type: "layer",
  role: "linear",
  shape: [features],
  times: 1,
});
const residual = (body: OutlineItem[], branch: OutlineItem[], times = 1): OutlineItem => ({
  type: "merge",
  body,
  branch,
  operation: "add",
  shape: body.at(-1)?.shape ?? [1, 1, 1],
  times,
});
const identity: OutlineItem = { type: "layer", role: "shortcut", shape: [8, 8, 8], times: 1 };
const WIDTH = 240;
const HEIGHT = 88;
const marksOf = (items: OutlineItem[]): readonly Mark[] => outlineMarks(items, WIDTH, HEIGHT);
const barsOf = (marks: readonly Mark[]) => marks.filter((mark) => mark.kind === "bar");

const NETWORKS: readonly (readonly [string, OutlineItem[]])[] = [
  ["one layer", [layer(6, 28)]],
  ["nothing", []],
  ["a chain that ends in vectors", [layer(6, 28), layer(16, 10), vector(120), vector(10)]],
  [
    "branches",
    [
      {
        type: "concat",
        branches: [[layer(8, 8)], [layer(8, 8), layer(4, 8)]],
        shape: [16, 8, 8],
        times: 3,
      },
    ],
  ],
  [
    "500 residual blocks",
    [layer(16, 32), residual([layer(16, 32), layer(16, 32)], [identity], 500)],
  ],
  ["a shortcut with a projection", [residual([layer(8, 8)], [layer(8, 8)])]],
];

describe("marks", () => {
  test.each(NETWORKS)("%s stays inside the picture", (_name, items) => {
    for (const mark of marksOf(items)) {
      const top = mark.kind === "arc" ? mark.y - mark.rise : mark.y;
      const bottom = mark.kind === "arc" ? mark.y : mark.y + mark.height;
      expect(mark.x).toBeGreaterThanOrEqual(-1e-6);
      expect(mark.x + mark.width).toBeLessThanOrEqual(WIDTH + 0.5);
      expect(top).toBeGreaterThanOrEqual(0);
      expect(bottom).toBeLessThanOrEqual(HEIGHT + 1e-6);
    }
  });

  test("bars follow the size of the maps, and are in order", () => {
    const bars = barsOf(marksOf([layer(64, 224), layer(64, 56), layer(64, 14), vector(1000)]));
    const heights = bars.map((bar) => bar.height);
    expect(heights).toEqual([...heights].sort((a, b) => b - a));
    expect(new Set(heights).size).toBe(4);
    const places = bars.map((bar) => bar.x);
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });

  test("more channels make a wider bar", () => {
    const [few, many] = barsOf(marksOf([layer(4, 8), layer(512, 8)]));
    expect(many?.width).toBeGreaterThan(few?.width ?? 0);
  });

  test("branches lie below each other and do not overlap", () => {
    const [item] = NETWORKS[3]?.[1] ?? [];
    const bars = barsOf(marksOf(item ? [{ ...item, times: 1 }] : []));
    expect(bars).toHaveLength(3);
    const [first, second, third] = bars;
    expect(second?.y).toBeGreaterThan((first?.y ?? 0) + (first?.height ?? 0));
    expect(third?.y).toBe(second?.y);
    expect(third?.x).toBeGreaterThan(second?.x ?? 0);
  });

  test("a shortcut is an arc over the width of its block; a projection is drawn too", () => {
    const plain = marksOf([residual([layer(8, 8), layer(8, 8)], [identity])]);
    expect(plain.filter((mark) => mark.kind === "arc")).toHaveLength(1);
    expect(barsOf(plain)).toHaveLength(2);
    expect(barsOf(marksOf([residual([layer(8, 8)], [layer(8, 8)])]))).toHaveLength(2);
  });

  test("a very deep network has no more bars than can be told apart", () => {
    const [, items] = NETWORKS[4] ?? ["", []];
    expect(barsOf(marksOf(items)).length).toBeLessThanOrEqual(80);
  });
});

test("stages are opened and auxiliary heads left out", () => {
  const named = { label: "", follow: [], window: null, groups: 1, layers: [] };
  const conv: Item = { ...named, type: "layer", role: "convolution", shape: [8, 8, 8], times: 2 };
  const items: Item[] = [
    { type: "stage", name: "stage1", blocks: 1, items: [conv] },
    { type: "head", head: [conv], weight: 0.3 },
  ];
  expect(outlineOf(items)).toEqual([conv]);
});

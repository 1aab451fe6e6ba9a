import { render } from "svelte/server";
import { describe, expect, test } from "vitest";
import Diagram from "$/diagram/Diagram.svelte";
import { firstFolds, foldable, NO_FOLDS, toggled } from "$/diagram/folds";
import { layerLabel } from "$/diagram/labels";
import { layout } from "$/diagram/layout";
import type { NodeMark } from "$/diagram/marks";
import type { DiagramData, Item, LayerItem } from "$/diagram/types";
import { neighbour } from "$/diagram/walk";
import { choice } from "$/lang/index.svelte";

function conv(label: string, layers: readonly string[], times = 1): LayerItem {
  return {
    type: "layer",
    role: "convolution",
    label,
    shape: [8, 4, 4],
    follow: ["ReLU"],
    times,
    window: [3, 3],
    groups: 1,
    layers,
  };
}

/** Two equal blocks of a stage, each with two equal convolutions and a shortcut. */
const STAGE: Item = {
  type: "stage",
  name: "stage1",
  blocks: 2,
  items: [
    {
      type: "merge",
      body: [
        conv(
          "3×3 conv, 8",
          ["b1.c1", "b1.r1", "b1.c2", "b1.r2", "b2.c1", "b2.r1", "b2.c2", "b2.r2"],
          2,
        ),
      ],
      branch: [],
      operation: "add",
      shape: [8, 4, 4],
      follow: [],
      times: 2,
      name: "block1",
      paths: ["stage1.block1", "stage1.block2"],
      layers: ["stage1.block1", "stage1.block2"],
    },
  ],
};
const DATA: DiagramData = {
  name: "tried",
  input: [3, 8, 8],
  num_classes: 5,
  items: [conv("7×7 conv, 8, /2", ["conv", "relu"]), STAGE],
};

function boxes(folds = NO_FOLDS): NodeMark[] {
  return layout(DATA, { folds, thumbnail: 0 }).marks.filter((mark) => mark.kind === "node");
}

const layersOf = (nodes: readonly NodeMark[]): string[] =>
  nodes.map((node) => node.layers.join(" "));

describe("folds", () => {
  test("equal blocks are drawn once, copies at the reader's wish", () => {
    expect(layersOf(boxes()).slice(2, 4)).toEqual([
      "b1.c1 b1.r1 b1.c2 b1.r2 b2.c1 b2.r1 b2.c2 b2.r2",
      "stage1.block1 stage1.block2",
    ]);
    const { counted, stages } = foldable(DATA.items);
    expect([stages, counted]).toEqual([["1"], ["1/0", "1/0/0/0"]]);
    const outer = toggled(NO_FOLDS, "1/0", "unfolded");
    expect(layersOf(boxes(outer)).slice(2, 6)).toEqual([
      "b1.c1 b1.r1 b1.c2 b1.r2",
      "stage1.block1",
      "b2.c1 b2.r1 b2.c2 b2.r2",
      "stage1.block2",
    ]);
    const both = toggled(outer, "1/0#1/0/0", "unfolded");
    expect(layersOf(boxes(both)).slice(2, 4)).toEqual(["b1.c1 b1.r1", "b1.c2 b1.r2"]);
    expect(toggled(both, "1/0#0/0/0", "unfolded")).toEqual(outer);
  });

  test("a folded stage is one box with all of its layers", () => {
    const folded = boxes(toggled(NO_FOLDS, "1", "folded"));
    expect(folded).toHaveLength(4);
    expect(folded[2]?.layers).toHaveLength(10);
    expect(folded[2]?.label).toBe("stage1 ×2");
  });

  test("the stages of a long network are folded at first", () => {
    const long = { ...DATA, items: Array.from({ length: 40 }, () => STAGE) };
    expect(firstFolds(DATA).folded.size).toBe(0);
    expect(firstFolds(long).folded.size).toBe(40);
  });
});

describe("diagram", () => {
  test("the chosen layer is marked, and the layers of its box can be chosen", () => {
    const { body } = render(Diagram, { props: { data: DATA, chosen: "relu" } });
    expect(body.match(/aria-pressed="true"[^>]*aria-label="7×7 conv, 8, \/2 · ReLU/g)).toHaveLength(
      1,
    );
    expect(body).toMatch(/aria-pressed="true" title="relu"/);
  });

  test("what cannot be chosen is no button", () => {
    const props = { data: DATA, available: new Set(["conv"]) };
    const { body } = render(Diagram, { props });
    expect(body.match(/<g[^>]*class="node[^"]*can/g)).toHaveLength(2);
  });

  test("arrows lead to the neighbour", () => {
    const nodes = boxes();
    const [input, first] = nodes;
    const last = nodes.at(-1);
    if (!input || !first || !last) throw new Error("no boxes");
    expect(neighbour(nodes, input, "down")).toBe(first);
    expect(neighbour(nodes, first, "up")).toBe(input);
    expect(neighbour(nodes, input, "up")).toBeNull();
    expect(neighbour(nodes, last, "down")).toBeNull();
  });

  test("labels are Chinese on a Chinese page", () => {
    choice.language = "zh";
    expect(layerLabel("3×3 conv, 64, /2, depthwise")).toBe("3×3 卷积，64，/2，逐通道");
    expect(layerLabel("BN")).toBe("BN");
    choice.language = "en";
    expect(layerLabel("3×3 conv, 64")).toBe("3×3 conv, 64");
  });
});

import { describe, expect, test } from "vitest";
import { partsOf } from "$/blocks/parts";
import type { Block } from "$/engine/types";
import {
  blockAt,
  blocksAt,
  chainOf,
  IDENTITY,
  inserted,
  isArchitecture,
  moved,
  removed,
  renamed,
  unwrapped,
  withChanges,
  wrapped,
} from "./edits";

const conv = (channels: number): Block => ({
  type: "Conv2d",
  out_channels: channels,
  kernel_size: 3,
});
const relu: Block = { type: "ReLU" };
const residual = (body: Block): Block => ({ type: "Residual", body, shortcut: IDENTITY });
const names = (block: Block | null): string[] =>
  block ? partsOf(block).map(([name]) => name) : [];

const tree = chainOf([
  ["conv1", conv(1)],
  ["relu", relu],
  [
    "split",
    {
      type: "Concat",
      blocks: { left: chainOf([["a", conv(2)]]), right: conv(3) },
    },
  ],
  ["add", residual(chainOf([["b", conv(4)]]))],
]);

describe("inserting", () => {
  test("into a chain, under a name that is free", () => {
    const result = inserted(tree, { lane: "", index: 1 }, [["conv1", conv(9)]]);
    expect(names(result.root)).toEqual(["conv1", "conv2", "relu", "split", "add"]);
    expect(result.paths).toEqual(["conv2"]);
  });

  test("beside a single block, which becomes a chain", () => {
    const result = inserted(tree, { lane: "split.right", index: 1 }, [["relu", relu]]);
    expect(blockAt(result.root, "split.right")).toEqual(
      chainOf([
        ["conv", conv(3)],
        ["relu", relu],
      ]),
    );
  });

  test("in place of a branch that only passes its input on", () => {
    const result = inserted(tree, { lane: "add.shortcut", index: 0 }, [["conv", conv(5)]]);
    expect(blockAt(result.root, "add.shortcut")).toEqual(chainOf([["conv", conv(5)]]));
    expect(result.paths).toEqual(["add.shortcut.conv"]);
  });

  test("as a branch", () => {
    const result = inserted(tree, { lane: "split", index: 2 }, [["branch", relu]]);
    expect(names(blockAt(result.root, "split"))).toEqual(["left", "right", "branch"]);
  });
});

describe("moving", () => {
  test("within a chain keeps the names", () => {
    const result = moved(tree, ["conv1"], { lane: "", index: 3 });
    expect(names(result?.root ?? null)).toEqual(["relu", "split", "conv1", "add"]);
    expect(result?.paths).toEqual(["conv1"]);
  });

  test("several at once, in their order", () => {
    const result = moved(tree, ["conv1", "relu"], { lane: "", index: 4 });
    expect(names(result?.root ?? null)).toEqual(["split", "add", "conv1", "relu"]);
  });

  test("the last block out of a branch leaves one that passes its input on", () => {
    const result = moved(tree, ["split.left.a"], { lane: "", index: 0 });
    expect(blockAt(result?.root ?? tree, "split.left")).toEqual(IDENTITY);
    expect(result?.paths).toEqual(["a"]);
    const body = moved(tree, ["add.body.b"], { lane: "", index: 0 });
    expect(blockAt(body?.root ?? tree, "add.body")).toEqual(IDENTITY);
  });

  test("a composition into itself is nothing", () => {
    expect(moved(tree, ["add"], { lane: "add.body", index: 0 })).toBeNull();
    expect(moved(tree, ["add"], { lane: "add", index: 0 })).toBeNull();
  });

  test("a block keeps a name that is also a field", () => {
    const whole = chainOf([
      ["conv", conv(1)],
      ["head", relu],
    ]);
    expect(moved(whole, ["head"], { lane: "", index: 0 })?.paths).toEqual(["head"]);
  });

  test("into its own place changes nothing", () => {
    expect(moved(tree, ["relu"], { lane: "", index: 1 })?.root).toEqual(tree);
    expect(moved(tree, ["relu"], { lane: "", index: 2 })?.root).toEqual(tree);
  });
});

describe("removing", () => {
  test("blocks of a chain", () => {
    expect(names(removed(tree, ["conv1", "split.right", "add"]))).toEqual(["relu", "split"]);
  });
  test("a shortcut becomes the input itself", () => {
    const built = inserted(tree, { lane: "add.shortcut", index: 0 }, [["conv", conv(5)]]).root;
    expect(blockAt(removed(built, ["add.shortcut"]), "add.shortcut")).toEqual(IDENTITY);
  });
  test("a chain that is empty is gone", () => {
    const nested = chainOf([
      ["stage", chainOf([["conv", conv(1)]])],
      ["relu", relu],
    ]);
    expect(names(removed(nested, ["stage.conv"]))).toEqual(["relu"]);
  });
  test("everything leaves an empty network", () => {
    expect(removed(chainOf([["conv", conv(1)]]), ["conv"])).toEqual(chainOf([]));
  });
});

describe("wrapping", () => {
  test("neighbours, and back", () => {
    const result = wrapped(tree, ["relu", "conv1"], "Residual");
    expect(result?.path).toBe("residual");
    expect(names(result?.root ?? null)).toEqual(["residual", "split", "add"]);
    const back = unwrapped(result?.root ?? tree, "residual");
    expect(back?.root).toEqual(tree);
    expect(back?.paths).toEqual(["conv1", "relu"]);
  });
  test.each(["Chain", "Residual", "Concat", "Gate", "AuxiliaryHead"] as const)("%s", (type) => {
    const result = wrapped(tree, ["conv1"], type);
    expect(blockAt(result?.root ?? tree, result?.path ?? "")?.type).toBe(type);
  });
  test("blocks that are no neighbours are not", () => {
    expect(wrapped(tree, ["conv1", "split"], "Chain")).toBeNull();
    expect(wrapped(tree, ["conv1", "add.body"], "Chain")).toBeNull();
    expect(wrapped(tree, [], "Chain")).toBeNull();
  });
  test("a layer is not unwrapped", () => {
    expect(unwrapped(tree, "conv1")).toBeNull();
  });
});

describe("renaming", () => {
  test("keeps the order", () => {
    expect(names(renamed(tree, "relu", "act"))).toEqual(["conv1", "act", "split", "add"]);
  });
  test.each(["add", "1x", "", "a b", "training"])("%s is refused", (name) => {
    expect(renamed(tree, "relu", name)).toBeNull();
  });
});

test("fixes of Python are applied", () => {
  const whole = { name: "x", input: [1, 8, 8] as const, num_classes: 10, block: tree };
  const fixed = withChanges(whole, [
    { operation: "insert", path: "conv1", block: relu, name: "act", behind: true },
    { operation: "put", path: "add.shortcut", block: conv(7) },
    { operation: "remove", path: "relu" },
    { operation: "rename", path: "split", name: "branches" },
    { operation: "classes", value: 7 },
    { operation: "input", value: [3, 16, 16] },
  ]);
  expect(names(fixed.block)).toEqual(["conv1", "act", "branches", "add"]);
  expect(blockAt(fixed.block, "add.shortcut")).toEqual(conv(7));
  expect([fixed.num_classes, fixed.input]).toEqual([7, [3, 16, 16]]);
});

test("copied blocks have their names", () => {
  expect(blocksAt(tree, ["conv1", "add.body", "add.body.b"]).map(([name]) => name)).toEqual([
    "conv1",
    "chain",
  ]);
});

describe("what is an architecture", () => {
  const whole = { name: "x", input: [1, 8, 8], num_classes: 10, block: tree };
  test("this one", () => expect(isArchitecture(whole)).toBe(true));
  test.each([
    null,
    [],
    { ...whole, input: [1, 2] },
    { ...whole, input: [1, 2, 0] },
    { ...whole, num_classes: "10" },
    { ...whole, block: conv(1) },
    { ...whole, block: { type: "Chain" } },
    { ...whole, block: { type: "Chain", blocks: [] } },
    { ...whole, block: chainOf([["a", { type: "Residual" }]]) },
  ])("%# is none", (value) => expect(isArchitecture(value)).toBe(false));
});

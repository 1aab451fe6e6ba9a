import { describe, expect, test } from "vitest";
import { filtered, frontier, isFiltered, type Filters } from "$/views/zoo/filters";
import type { Card, Entry, Result } from "$/views/zoo/records";
import type { Column } from "$/table/types";

const RESULT: Result = {
  data: "ImageNet",
  split: "validation",
  top1: 30,
  top5: null,
  protocol: "1 crop",
  ensemble: 1,
  source: "",
  weights: "",
};
const entry = (name: string, card: Partial<Card>, isHere = false): Entry => ({
  card: {
    name,
    family: "classic",
    group: "",
    summary: "",
    paper: { title: "", authors: "", year: 2012, url: "" },
    input: [3, 224, 224],
    num_classes: 10,
    parameters: 1e6,
    macs: 1,
    layers: 1,
    depth: 1,
    receptive_field: [1, 1],
    weight_bytes: 1,
    inference_bytes: 1,
    training_bytes: 1,
    result: RESULT,
    results: 1,
    ...card,
  },
  weights: [{ name: `${name}@x`, summary: "", is_here: isHere, get: "" }],
});
const NAME: Column<Entry> = { id: "name", title: "", value: ({ card }) => card.name };
const ENTRIES = [
  entry("alexnet", { parameters: 61e6 }),
  entry("lenet5", { parameters: 999_999, paper: null, result: null }),
  entry("resnet18", { family: "residual", parameters: 11.7e6 }, true),
];
const NONE: Filters = { search: "", family: "", size: "", years: "", data: "", here: false };
const names = (filters: Partial<Filters>): string[] =>
  filtered(ENTRIES, [NAME], { ...NONE, ...filters }).map(({ card }) => card.name);

describe("filters", () => {
  test.each([
    [{}, ["alexnet", "lenet5", "resnet18"]],
    [{ family: "residual" }, ["resnet18"]],
    [{ family: "no such family" }, ["alexnet", "lenet5", "resnet18"]],
    [{ size: "tiny" }, ["lenet5"]],
    [{ size: "huge" }, ["alexnet"]],
    [{ size: "else" }, ["alexnet", "lenet5", "resnet18"]],
    [{ years: "2012" }, ["alexnet", "resnet18"]],
    [{ years: "1998" }, []],
    [{ data: "ImageNet" }, ["alexnet", "resnet18"]],
    [{ here: true }, ["resnet18"]],
    [{ search: "NET 1" }, ["resnet18"]],
    [{ search: "residual" }, ["resnet18"]],
    [{ here: true, family: "classic" }, []],
  ] satisfies [Partial<Filters>, string[]][])("%j shows %j", (filters, expected) => {
    expect(names(filters)).toEqual(expected);
  });

  test("a size that lies on a limit belongs to the larger one", () => {
    const one = [entry("one", { parameters: 1e6 })];
    expect(filtered(one, [NAME], { ...NONE, size: "tiny" })).toEqual([]);
    expect(filtered(one, [NAME], { ...NONE, size: "small" })).toHaveLength(1);
  });

  test("whether something is left out", () => {
    expect(isFiltered(NONE)).toBe(false);
    expect(isFiltered({ ...NONE, here: true })).toBe(true);
    expect(isFiltered({ ...NONE, search: "x" })).toBe(true);
  });
});

test("the frontier rises: nothing cheaper is as accurate", () => {
  const points = [
    { x: 3, y: 5 },
    { x: 1, y: 2 },
    { x: 2, y: 1 },
    { x: 2, y: 4 },
    { x: 9, y: 5 },
  ];
  expect(frontier(points)).toEqual([
    { x: 1, y: 2 },
    { x: 2, y: 4 },
    { x: 3, y: 5 },
  ]);
  expect(frontier([])).toEqual([]);
});

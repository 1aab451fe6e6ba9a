import { render } from "svelte/server";
import { describe, expect, test } from "vitest";
import { faultOf } from "$/payload/check";
import Payload from "$/payload/Payload.svelte";
import type { Payload as AnyPayload } from "$/payload/types";

const zeros = (...shape: number[]): { shape: number[]; data: Float32Array } => ({
  shape,
  data: new Float32Array(shape.reduce((product, side) => product * side, 1)),
});
const scale = { colours: "grey", low: 0, high: 1 } as const;
const table = { kind: "table", columns: ["a", "b"], rows: [[1, "x"]] } as const;

/** Payloads that make no sense, with a word of the sentence about each. */
const WRONG: readonly (readonly [name: string, payload: unknown, word: string])[] = [
  ["nothing", null, "kind"],
  ["an unknown kind", { kind: "film" }, "film"],
  ["a heatmap of three axes", { kind: "heatmap", values: zeros(2, 2, 2), scale }, "2 × 2 × 2"],
  ["too few names", { kind: "heatmap", values: zeros(2, 1), scale, rows: ["a"] }, "rows"],
  [
    "names without columns",
    { kind: "heatmap", values: zeros(1, 2), scale, rows: ["a"] },
    "columns",
  ],
  [
    "numbers of another size",
    { kind: "heatmap", values: zeros(2, 2), scale, numbers: zeros(2, 3) },
    "numbers",
  ],
  ["a grey underlay", { kind: "heatmap", values: zeros(2, 2), scale, underlay: zeros(2, 2) }, "H"],
  [
    "a scale of no width",
    { kind: "heatmap", values: zeros(2, 2), scale: { ...scale, high: 0 } },
    "0",
  ],
  ["colour tiles in grey", { kind: "image_grid", tiles: zeros(1, 2, 2, 3), scale }, "tiles"],
  ["labels missing", { kind: "image_grid", tiles: zeros(2, 2, 2), scale, labels: ["a"] }, "labels"],
  ["units missing", { kind: "image_grid", tiles: zeros(2, 2, 2), scale, units: [1] }, "units"],
  [
    "points without values",
    { kind: "curves", x_label: "x", y_label: "y", series: [{ name: "loss", x: [1, 2], y: [1] }] },
    "loss",
  ],
  [
    "0 on a logarithmic axis",
    {
      kind: "curves",
      x_label: "",
      y_label: "",
      y_scale: "log",
      series: [{ name: "lr", x: [1], y: [0] }],
    },
    "lr",
  ],
  ["a row that is too short", { ...table, rows: [[1, 2], [1]] }, "rows[1]"],
  [
    "a group without a name",
    { kind: "scatter", x_label: "", y_label: "", points: zeros(1, 2), groups: [1], names: ["a"] },
    "names",
  ],
  [
    "an array of other bytes",
    { kind: "heatmap", values: { dtype: "float32", shape: [2, 2], base64: "AAAA" }, scale },
    "16",
  ],
  [
    "an array that is not base64",
    { kind: "heatmap", values: { dtype: "float32", shape: [1], base64: "?" }, scale },
    "",
  ],
  ["an empty sheet", { kind: "sheet", items: [] }, ""],
];

describe("payloads", () => {
  test.each(WRONG)("%s is named in a sentence", (_, payload, word) => {
    const { body } = render(Payload, { props: { payload: payload as AnyPayload } });
    expect(body).toContain('role="alert"');
    expect(body).toContain(word);
  });

  test("one wrong item leaves the others of a sheet", () => {
    const items = [table, { kind: "film" } as unknown as typeof table];
    const { body } = render(Payload, { props: { payload: { kind: "sheet", items } } });
    expect(body.match(/role="alert"/g)).toHaveLength(1);
    expect(body).toContain("<table");
  });

  test("what makes sense has no fault", () => {
    expect(faultOf(table)).toBeNull();
    expect(faultOf({ kind: "heatmap", values: zeros(2, 2), scale })).toBeNull();
  });
});

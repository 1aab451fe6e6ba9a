/** Explanations compared with PyTorch. `e2e/test_explain_contract.py` writes the cases and runs this. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { indexesOf } from "$/explain/cells";
import {
  affected,
  affectedBy,
  boxOf,
  cellsOf,
  explain,
  fieldOf,
  readBy,
  toPicture,
  type Marks,
} from "$/explain/index";
import { layerOf, ruleOf, RULES } from "$/explain/rules";
import { mapsOf, placeOf, range, sizeOf } from "$/explain/shape";
import type { Step, Tensor } from "$/model/types";

interface Stored {
  readonly shape: readonly number[];
  readonly offset: number;
}

interface LayerCase {
  readonly name: string;
  readonly step: Step;
  readonly inputs: readonly Stored[];
  readonly weights: Readonly<Record<string, Stored>>;
  readonly units: readonly number[];
  readonly values: readonly number[];
  readonly largest: number;
  readonly sources: readonly { readonly index: number; readonly affected: readonly number[] }[];
}

interface NetworkCase {
  readonly name: string;
  readonly steps: readonly Step[];
  readonly shape: readonly number[];
  readonly pixels: readonly {
    readonly index: number;
    readonly affected: Readonly<Record<string, readonly number[]>>;
  }[];
}

type Span = readonly [number, number];

interface PreprocessingCase {
  readonly name: string;
  readonly preprocessing: unknown;
  readonly picture: readonly number[];
  readonly boxes: readonly {
    readonly box: readonly [Span, Span];
    readonly pixels: readonly [Span, Span];
  }[];
}

type Case = LayerCase | NetworkCase | PreprocessingCase;

const folder = process.env.EXPLAIN_CASES ?? "";

function load(): { cases: Case[]; numbers: Float32Array } {
  if (folder === "") return { cases: [], numbers: new Float32Array() };
  const bytes = readFileSync(join(folder, "numbers.bin"));
  const numbers = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  const cases = JSON.parse(readFileSync(join(folder, "cases.json"), "utf8")) as (
    LayerCase | NetworkCase
  )[];
  return { cases, numbers };
}

const { cases, numbers } = load();

function tensor({ shape, offset }: Stored): Tensor {
  return { shape, data: numbers.subarray(offset, offset + shape.reduce((size, n) => size * n, 1)) };
}

function unitsOf(marks: Marks | undefined): number[] {
  if (marks === undefined) return [];
  const area = marks.shape.height * marks.shape.width;
  return marks.planes.flatMap((plane, channel) =>
    plane === null
      ? []
      : [...plane.keys()].filter((at) => plane[at]).map((at) => channel * area + at),
  );
}

const layerCases = cases.filter((each): each is LayerCase => "step" in each);
const preprocessingCases = cases.filter(
  (each): each is PreprocessingCase => "preprocessing" in each,
);
const networkCases = cases.filter((each): each is NetworkCase => "steps" in each);

describe.skipIf(folder === "")("explanations", () => {
  it("has cases of every rule", () => {
    const types = new Set(layerCases.map(({ step }) => step.type));
    expect([...types].sort()).toEqual(Object.keys(RULES).sort());
  });

  describe.each(layerCases)("$name", (each) => {
    const inputs = each.inputs.map(tensor);
    const weights = new Map(
      Object.entries(each.weights).map(([name, stored]) => [name, tensor(stored)]),
    );

    it("computes the values of PyTorch", () => {
      each.units.forEach((index, place) => {
        const explanation = explain(each.step, index, inputs, weights);
        const expected = each.values[place] ?? Number.NaN;
        const difference = Math.abs(explanation.value - expected);
        expect(difference, `unit ${index}: ${explanation.formula}`).toBeLessThanOrEqual(
          1e-6 * each.largest,
        );
      });
    });

    it("has terms that give the value", () => {
      for (const index of each.units) {
        const { kind, terms, bias, value, layout } = explain(each.step, index, inputs, weights);
        const sum = terms.reduce((all, term) => all + term.product, bias);
        if (kind === "sum") expect(sum).toBe(value);
        for (const term of terms) {
          if (term.index >= 0) expect(inputs[term.input]?.data[term.index]).toBe(term.value);
        }
        if (layout !== undefined) {
          const { channels, rows, cols } = layout;
          expect(terms.length).toBe(channels.length * rows.length * cols.length);
        }
      }
    });

    it("names the outputs that an input affects", () => {
      const shapes = inputs.map(({ shape }) => shape);
      const layer = layerOf(each.step, shapes);
      const geometry = ruleOf(each.step.type).geometry(layer, 0);
      for (const source of each.sources) {
        const cells = affected(each.step, shapes, 0, source.index);
        expect(sorted(indexesOf(cells, layer.output))).toEqual(source.affected);
        const [maps] = layer.inputs;
        const readers = source.affected.slice(0, 50).every((unit) => {
          const read = cellsOf(geometry, layer, 0, unit);
          return maps !== undefined && indexesOf(read, maps).includes(source.index);
        });
        expect(readers).toBe(true);
      }
    });
  });

  it.each(preprocessingCases)(
    "$name: boxes on the picture",
    ({ preprocessing, picture, boxes }) => {
      for (const { box, pixels } of boxes) {
        const [rows, cols] = box;
        const { rows: high, cols: wide } = toPicture({ rows, cols }, preprocessing, picture);
        expect([high, wide]).toEqual(pixels);
      }
    },
  );

  describe.each(networkCases)("$name", (each) => {
    it("follows a pixel through the network", () => {
      const maps = mapsOf(each.shape);
      for (const { index, affected: expected } of each.pixels) {
        const marks = affectedBy(each.steps, each.shape, { path: "", ...placeOf(maps, index) });
        for (const step of each.steps) {
          expect(unitsOf(marks.get(step.path)), step.path).toEqual(expected[step.path]);
        }
      }
    });

    it("has the receptive field of each unit around the pixels that it depends on", () => {
      for (const step of each.steps) {
        const output = mapsOf(step.shape);
        for (const unit of everyFew(sizeOf(output), 5)) {
          const source = { path: step.path, ...placeOf(output, unit) };
          const marks = readBy(each.steps, each.shape, source).get("");
          const box = boxOf(marks?.planes ?? [], mapsOf(each.shape).width);
          const field = fieldOf(step, unit, each.shape);
          if (box === null) continue; // a unit of zeros depends on no pixel
          for (const axis of ["rows", "cols"] as const) {
            expect(field?.[axis][0]).toBeLessThanOrEqual(box[axis][0]);
            expect(field?.[axis][1]).toBeGreaterThanOrEqual(box[axis][1]);
          }
        }
      }
    });

    it("follows units back to the pixels that affect them", () => {
      const maps = mapsOf(each.shape);
      for (const { index, affected: expected } of each.pixels) {
        for (const step of each.steps) {
          const output = mapsOf(step.shape);
          const reached = new Set(expected[step.path]);
          for (const unit of everyFew(sizeOf(output), 7)) {
            const source = { path: step.path, ...placeOf(output, unit) };
            const marks = readBy(each.steps, each.shape, source).get("");
            const { channel, row, col } = placeOf(maps, index);
            const reads = marks?.planes[channel]?.[row * maps.width + col] === 1;
            expect(reads, `${step.path} ${unit}`).toBe(reached.has(unit));
          }
        }
      }
    });
  });
});

function sorted(list: readonly number[]): number[] {
  return [...list].sort((a, b) => a - b);
}

function everyFew(size: number, count: number): number[] {
  return range(0, count).map((n) => Math.floor((n * size) / count));
}

import { describe, expect, test } from "vitest";
import { readLine, writeLine, type LineField } from "$/form/reading";
import { fieldOf, startOf, type Schema } from "$/form/schema";

const COUNT: Schema = { type: "integer", exclusiveMinimum: 0, maximum: 2147483647 };
const PAIR: Schema = { type: "array", prefixItems: [COUNT, COUNT], minItems: 2, maxItems: 2 };
const WORDS: Schema = { type: "string", enum: ["same", "same_tensorflow"] };

describe("fields of a schema", () => {
  const rows: readonly (readonly [string, Schema, unknown])[] = [
    ["a count", COUNT, { kind: "whole", above: 0, most: 2147483647 }],
    ["a size", { anyOf: [COUNT, PAIR] }, { kind: "size", words: [] }],
    ["a size or a word", { anyOf: [COUNT, PAIR, WORDS] }, { kind: "size", words: WORDS.enum }],
    ["an optional size", { anyOf: [COUNT, PAIR, { type: "null" }] }, { kind: "optional" }],
    ["a switch", { type: "boolean" }, { kind: "switch" }],
    ["a choice", { type: "string", enum: ["a", "b"] }, { kind: "choice", choices: ["a", "b"] }],
    ["a list", { type: "array", items: COUNT }, { kind: "list", least: 0, start: 1 }],
    ["anything else", { type: "object" }, { kind: "json" }],
  ];
  test.each(rows)("%s", (_name, schema, expected) => {
    expect(fieldOf(schema)).toMatchObject(expected as object);
  });

  test("a union of records is told apart by their type", () => {
    const root: Schema = {
      $defs: {
        Sgd: {
          type: "object",
          properties: {
            type: { const: "Sgd", type: "string" },
            momentum: { type: "number", default: 0.9, minimum: 0, exclusiveMaximum: 1 },
          },
        },
        Adam: { type: "object", properties: { type: { const: "Adam", type: "string" } } },
      },
      type: "object",
      properties: {
        optimiser: { oneOf: [{ $ref: "#/$defs/Sgd" }, { $ref: "#/$defs/Adam" }] },
        stop: { anyOf: [{ $ref: "#/$defs/Adam" }, { type: "null" }], default: null },
      },
      required: ["optimiser"],
    };
    const field = fieldOf(root);
    if (field.kind !== "record") throw new Error(field.kind);
    expect(field.fields.map(({ name, required }) => [name, required])).toEqual([
      ["optimiser", true],
      ["stop", false],
    ]);
    expect(field.fields[0]?.field).toMatchObject({
      kind: "variant",
      options: { Sgd: { fields: [{ name: "momentum", fallback: 0.9 }] }, Adam: { fields: [] } },
    });
    expect(startOf(field)).toEqual({ optimiser: { type: "Sgd", momentum: 0.9 }, stop: null });
  });

  test("a schema that holds itself ends", () => {
    const root: Schema = {
      $defs: { Node: { type: "object", properties: { next: { $ref: "#/$defs/Node" } } } },
      $ref: "#/$defs/Node",
    };
    expect(JSON.stringify(fieldOf(root))).toContain('"json"');
  });
});

describe("what is typed", () => {
  const whole: LineField = { kind: "whole", above: 0, most: 2147483647 };
  const number: LineField = { kind: "number", least: 0, below: 1 };
  const size: LineField = { kind: "size", item: whole, words: ["same"] };
  const pair: LineField = { kind: "tuple", items: [number, number] };
  const rows: readonly (readonly [LineField, string, unknown])[] = [
    [whole, " 12 ", 12],
    [number, "1e-3", 0.001],
    [number, ".5", 0.5],
    [size, "3", 3],
    [size, "3, 5", [3, 5]],
    [size, "3x5", [3, 5]],
    [size, "same", "same"],
    [pair, "0.9, 0.999", [0.9, 0.999]],
    [{ kind: "text", least: 0, most: 5 }, "a b", "a b"],
  ];
  test.each(rows)("%o %s", (field, typed, value) => {
    expect(readLine(field, typed)).toEqual({ value });
    expect(readLine(field, writeLine(value))).toEqual({ value });
  });

  const refused: readonly (readonly [LineField, string, string])[] = [
    [whole, "0", "form.wholeLeast"],
    [whole, "1.5", "form.wholeLeast"],
    [whole, "", "form.wholeLeast"],
    [whole, "0x10", "form.wholeLeast"],
    [whole, "99999999999", "form.wholeLeast"],
    [number, "1", "form.inside"],
    [number, "nan", "form.inside"],
    [number, "Infinity", "form.inside"],
    [{ kind: "whole", least: 1, most: 9 }, "10", "form.wholeBetween"],
    [size, "3,", "form.sizeOrWord"],
    [size, "1,2,3", "form.sizeOrWord"],
    [size, "other", "form.sizeOrWord"],
    [pair, "0.9", "form.several"],
    [{ kind: "text", least: 2, most: 5 }, "a", "form.tooShort"],
  ];
  test.each(refused)("%o refuses %s", (field, typed, key) => {
    expect(readLine(field, typed)).toMatchObject({ problem: { key } });
  });
});

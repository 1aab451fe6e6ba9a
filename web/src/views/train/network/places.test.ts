import { describe, expect, test } from "vitest";
import { architectureOf } from "../setup";
import { jsonText } from "$/blocks/text";
import { checked } from "./check";
import networks from "./networks.json";
import { lineOf, parsePlaced } from "$/blocks/places";

const lenet = architectureOf(networks[0]?.architecture);
if (!lenet) throw new Error("no LeNet-5");

describe("JSON with places", () => {
  const texts = [
    '{"a": [1, -2.5e3, true, null, "x\\n\\u0041"], "b": {}}',
    " [ ] ",
    '"only"',
    "0",
    JSON.stringify(networks),
  ];
  test.each(texts)("is read as by the browser: %#", (text) => {
    const placed = parsePlaced(text);
    if ("kind" in placed) throw new Error(placed.kind);
    expect(placed.value).toEqual(JSON.parse(text));
  });

  const faults: readonly (readonly [string, string, number])[] = [
    ["", "end", 0],
    ['{"a": 1', "end", 7],
    ['{"a" 1}', "colon", 5],
    ['{"a": 1 "b": 2}', "comma", 8],
    ["[1, 2,]", "value", 6],
    ["{a: 1}", "name", 1],
    ['{"a": "x\ny"}', "string", 6],
    ["[-]", "number", 1],
    ["[1e999]", "number", 6],
    ['{"a": 1, "a": 2}', "twice", 9],
    ["{} x", "after", 3],
    ["nope", "value", 0],
    ["[".repeat(100), "deep", 65],
  ];
  test.each(faults)("%s: %s at %i", (text, kind, at) => {
    expect(parsePlaced(text)).toEqual({ kind, at });
    // the browser's own reader takes these three
    const taken = ["twice", "deep", "number"].includes(kind) && text !== "[-]";
    if (!taken) expect(() => JSON.parse(text) as unknown).toThrow();
  });

  test("a name of an object's own members is only a name", () => {
    const placed = parsePlaced('{"__proto__": {"x": 1}}');
    expect("value" in placed && Object.keys(placed.value as object)).toEqual(["__proto__"]);
  });
});

describe("the text of the editor", () => {
  test("holds the same architecture, one layer on each line", () => {
    const text = jsonText(lenet);
    expect(JSON.parse(text)).toEqual(lenet);
    expect(text.split("\n").filter((line) => line.includes('"Conv2d"'))).toHaveLength(3);
    expect(checked(text)).toEqual({ architecture: lenet, problem: null });
  });

  test("a fault of a layer is shown at its line", () => {
    const text = jsonText(lenet).replace('"kernel_size": 5', '"kernel_size": 50');
    const result = checked(text);
    if (!result.problem) throw new Error("it fits");
    expect(text.split("\n")[result.line - 1]).toContain('"conv1"');
    expect(result.problem.key).toBe("engine.window");
  });

  test("a fault of the text is shown at line and column", () => {
    const text = jsonText(lenet).replace('"tanh1":', '"tanh1"');
    const result = checked(text);
    expect(result.problem?.key).toBe("train.json.colon");
    expect(result.problem?.values).toEqual(lineOf(text, text.indexOf('"tanh1"') + 8));
  });

  test("JSON of something else is no architecture", () => {
    expect(checked('{"name": "x"}').problem?.key).toBe("train.json.form");
  });
});

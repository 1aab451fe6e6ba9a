import { expect, test } from "vitest";
import { changed, isSame, readState, writtenState } from "$/course/settings";
import type { State } from "$/figures/types";
import { parsed, written } from "$/views/address.svelte";

const START = { stride: "2", example: "lecture" };

test.each<[string, State, State]>([
  ["nothing", {}, START],
  ["settings of another figure", { "other.stride": "3", windows: "x" }, START],
  ["keys that were removed", { window: "", "window.stride": "", "window.unit": "" }, START],
  ["one key", { "window.stride": "3" }, { stride: "3" }],
  ["no settings", { window: "plain" }, {}],
])("an address with %s", (_name, address, expected) => {
  expect(readState(address, "window", START)).toEqual(expected);
});

test.each<[State]>([[START], [{}], [{ stride: "2" }], [{ x: "1,2=3&4", unit: "+ %" }]])(
  "%o is read from the address it is written to",
  (state) => {
    const before: State = { chapter: "convolution", "window.stride": "9", "window.old": "1" };
    const after = { ...before, ...writtenState(before, "window", START, state) };
    const address = parsed(written(after));
    expect(readState(address, "window", START)).toEqual(state);
    expect(address["chapter"]).toBe("convolution");
  },
);

test("the settings of the chapter need no key", () => {
  const changes = writtenState({ window: "plain" }, "window", START, START);
  expect(parsed(written({ window: "plain", ...changes }))).toEqual({});
});

test("an empty value removes a key", () => {
  expect(changed(START, { stride: "", unit: "4" })).toEqual({ example: "lecture", unit: "4" });
  expect(isSame({ a: "", b: "1" }, { b: "1" })).toBe(true);
  expect(isSame({ a: "1" }, { b: "1" })).toBe(false);
});

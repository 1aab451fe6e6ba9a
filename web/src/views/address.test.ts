import { expect, test } from "vitest";
import { parsed, written } from "$/views/address.svelte";

test.each([
  { layer: "stage3.block2.conv1", map: "3", pixel: "4,5" },
  { layer: "a&b=c#d %", lang: "zh" },
  { label: "猫" },
  {},
])("a hash gives back its values: %o", (values) => {
  expect(parsed(`#${written(values)}`)).toEqual(values);
});

test("empty values are not written", () => {
  expect(written({ layer: "", map: "3" })).toBe("map=3");
});

test("a broken hash is read without an error", () => {
  expect(parsed("#%E0%A4%A&=&map")).toHaveProperty("map", "");
});

import { expect, test } from "vitest";
import { readProgress } from "$/course/progress.svelte";

const NONE = { last: "", opened: [], answers: {} };

test.each(["", "{", "null", "[]", '{"opened":3,"answers":{"a":null,"b":{"value":1}}}', '"text"'])(
  "%s counts as no progress",
  (text) => expect(readProgress(text)).toEqual(NONE),
);

test("what was kept is read", () => {
  const kept = {
    last: "padding",
    opened: ["padding"],
    answers: { "padding/size": { value: "same", isRight: true } },
  };
  expect(readProgress(JSON.stringify(kept))).toEqual(kept);
});

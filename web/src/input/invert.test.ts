import { describe, expect, test } from "vitest";
import { trainedOn, withInversion } from "$/input/invert";
import type { Target } from "$/input/types";
import type { Picture } from "$/model/types";

const chain = (mean: number[], std: number[]) => ({
  blocks: { resize: { size: 28 }, normalise: { mean, std } },
});

describe("background of the training images", () => {
  // the values of convscope.predict.training_background
  test.each([
    ["MNIST", chain([0.1307], [0.3081]), 1, "dark"],
    ["Fashion-MNIST", chain([0.286], [0.353]), 1, "dark"],
    ["its negative", chain([0.8693], [0.3081]), 1, "light"],
    ["grey photos", chain([0.45], [0.23]), 1, null],
    ["photos by night", chain([0.2], [0.1]), 1, null],
    ["no statistics", { blocks: { resize: { size: 28 } } }, 1, null],
    ["nothing", null, 1, null],
    ["colour", chain([0.1, 0.1, 0.1], [0.3, 0.3, 0.3]), 3, null],
  ] as const)("%s", (_, preprocessing, channels, expected) => {
    expect(trainedOn(preprocessing, channels)).toBe(expected);
  });
});

const picture = (value: number): Picture => ({
  width: 4,
  height: 4,
  channels: 1,
  data: new Uint8Array(16).fill(value),
});

const target = (trained: Target["trained"]): Target => ({
  channels: 1,
  background: [255, 255, 255],
  digits: false,
  trained,
  size: [4, 4],
});

test.each([
  [250, "dark", false, "input.lightBackground"],
  [250, "dark", true, undefined],
  [5, "dark", false, undefined],
  [5, "light", false, "input.darkBackground"],
  [120, "dark", false, undefined],
  [250, null, false, undefined],
] as const)("%d for a model trained on %s, inverted: %s", (value, trained, invert, key) => {
  const input = { picture: picture(value), name: "", notes: [] };
  const result = withInversion(input, invert, target(trained));
  expect(result.notes[0]?.key).toBe(key);
  expect(result.picture.data[0]).toBe(invert ? 255 - value : value);
});

import { describe, expect, test } from "vitest";
import { differences, read, same, valueOf, without, written } from "./settings";

const recipe = {
  ...{ epochs: 2, lr: 0.005, ema: null, augment: [{ type: "Affine", degrees: 8 }] },
  optimiser: { type: "AdamW", betas: [0.9, 0.999], weight_decay: 0.1 },
  schedule: { type: "OneCycle", warmup: 0.3 },
};

describe("settings that differ from a recipe", () => {
  test("none of an equal one, whatever the order of its fields", () => {
    expect(differences(recipe, { ...recipe, lr: 0.005 })).toEqual({});
    expect(same({ a: 1, b: [2] }, { b: [2], a: 1 })).toBe(true);
    expect(same({ a: 1 }, { a: 1, b: null })).toBe(false);
  });

  test("a field of a group by its name, another type with all its fields", () => {
    const changed = {
      ...{ ...recipe, lr: 0.1, augment: [] },
      optimiser: { ...recipe.optimiser, weight_decay: 0 },
      schedule: { type: "Cosine", final: 0, warmup_epochs: 1 },
      ema: { decay: 0.99 },
    };
    expect(differences(recipe, changed)).toEqual({
      ...{ lr: 0.1, augment: [], "optimiser.weight_decay": 0, ema: { decay: 0.99 } },
      ...{ "schedule.type": "Cosine", "schedule.final": 0, "schedule.warmup_epochs": 1 },
    });
  });

  test("resetting the type of a group resets the group", () => {
    const settings = { lr: 1, "schedule.type": "Cosine", "schedule.final": 0.1 };
    expect(without(settings, "schedule.type")).toEqual({ lr: 1 });
    expect(without(settings, "schedule.final")).toEqual({ lr: 1, "schedule.type": "Cosine" });
    expect([valueOf(recipe, "optimiser.type"), valueOf(recipe, "ema.decay")]).toEqual([
      "AdamW",
      undefined,
    ]);
  });
});

describe("their text in the address", () => {
  test.each([
    [{ lr: 0.1, "schedule.type": "Cosine" }, "lr=0.1;schedule.type=Cosine"],
    [{ ema: null, nesterov: false }, "ema=null;nesterov=false"],
    [{ init: "true" }, 'init="true"'],
    [{ "loss.class_weights": [1, 2.5] }, "loss.class_weights=[1,2.5]"],
    [{ note: "a;b=100%3B <img>" }, 'note="a%3Bb=100%253B <img>"'],
  ])("%o", (settings, text) => {
    expect(written(settings)).toBe(text);
    expect(read(text)).toEqual(settings);
  });

  test("what is no setting is left out", () => {
    expect(read("lr;=3;<img>=1;__proto__=1;lr=2")).toEqual({ lr: 2, ["__proto__"]: 1 });
    expect(read("")).toEqual({});
  });
});

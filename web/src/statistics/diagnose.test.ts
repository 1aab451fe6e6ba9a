import { describe, expect, test } from "vitest";
import type { LayerStatistics } from "$/engine/types";
import { diagnose, type Progress } from "./diagnose";

const bins = { low: 0, high: 1, counts: [1] };
const healthy: Progress = {
  ...{ step: 500, classes: 10, loss: 0.2, accuracy: 0.95, heldOut: 0.94, learningRate: 0.05 },
};

function layer(path: string, changes: Partial<LayerStatistics> = {}, norms = {}): LayerStatistics {
  const parameter = {
    ...{ name: `${path}.weight`, weightNorm: 5, gradientNorm: 0.1, updateRatio: 0.001 },
    ...{ weights: bins, gradients: bins },
  };
  return {
    ...{ path, mean: 0, std: 1, dead: 0, saturated: 0, gradientRms: 0.01, activations: bins },
    parameters: [{ ...parameter, ...norms }],
    ...changes,
  };
}
const keys = (layers: LayerStatistics[], progress: Partial<Progress> = {}): string[] =>
  diagnose(layers, { ...healthy, ...progress }).map(({ path, key }) => `${path} ${key}`);

describe("words for figures", () => {
  test("a healthy network needs none", () => {
    expect(keys([layer("conv1"), layer("fc")])).toEqual([]);
  });
  test("dead and saturated units are named with their layer", () => {
    expect(keys([layer("relu1", { dead: 0.6 }), layer("tanh1", { saturated: 0.7 })])).toEqual([
      "relu1 statistics.find.dead",
      "tanh1 statistics.find.saturated",
    ]);
  });
  test("dead units are named once, and come before guessing", () => {
    const layers = [layer("relu1", { dead: 1 }), layer("pool1", { dead: 1 })];
    expect(keys(layers, { loss: 2.302 })).toEqual(["relu1 statistics.find.dead"]);
  });
  test("a gradient that vanishes is compared with the largest one", () => {
    const layers = [layer("conv1", {}, { gradientNorm: 2e-6 }), layer("fc")];
    expect(keys(layers)).toEqual(["conv1 statistics.find.vanishing"]);
    const small = layers.map(({ path }) => layer(path, {}, { gradientNorm: 2e-6 }));
    expect(keys(small)).toEqual([]);
  });
  test("gradients that explode and steps that are too large", () => {
    expect(keys([layer("conv1", {}, { gradientNorm: 1000 })])).toContain(
      "conv1 statistics.find.exploding",
    );
    expect(keys([layer("fc", {}, { updateRatio: 0.5 })])).toEqual([
      "fc statistics.find.largeSteps",
    ]);
  });
  test("steps that change nothing are said once, unless the schedule makes them small", () => {
    const layers = [layer("conv1", {}, { updateRatio: 1e-6 }), layer("fc", {}, { updateRatio: 0 })];
    expect(keys(layers)).toEqual([" statistics.find.smallSteps"]);
    expect(keys(layers, { scheduled: 0.05 })).toEqual([]);
    expect(keys([...layers, layer("fc2")])).toEqual([]);
  });
  test("the loss says more than chance, less, or the same", () => {
    expect(keys([], { loss: 5 })).toEqual([" statistics.find.diverging"]);
    expect(keys([], { loss: 2.302 })).toEqual([" statistics.find.guessing"]);
    expect(keys([], { accuracy: 0.999, heldOut: 0.9 })).toEqual([" statistics.find.overfitting"]);
    expect(keys([], { accuracy: 0.999, heldOut: NaN })).toEqual([]);
  });
  test("the first steps are not judged", () => {
    expect(keys([layer("relu1", { dead: 1 })], { step: 3, loss: 9 })).toEqual([]);
  });
});

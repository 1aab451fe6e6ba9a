import { expect, test } from "vitest";
import type { LayerStatistics } from "$/engine/types";
import { LayerHistory } from "./layers";

const bins = { low: 0, high: 1, counts: [1] };
const layer = (path: string, std: number): LayerStatistics => ({
  ...{ path, mean: 0, std, dead: 0, saturated: 0, gradientRms: 1, activations: bins },
  parameters: [
    {
      ...{ name: `${path}.weight`, weightNorm: 1, gradientNorm: 1, updateRatio: 0.002 },
      ...{ weights: bins, gradients: bins },
    },
  ],
});

test("figures are kept by layer, bounded, in rising order of steps", () => {
  const history = new LayerHistory();
  for (let step = 1; step <= 1000; step++) history.add(step, [layer("conv1", step)]);
  const points = history.of("conv1");
  expect(points.length).toBeLessThanOrEqual(121);
  expect(points.length).toBeGreaterThanOrEqual(60);
  expect(points.every(({ step }, i) => i === 0 || step > (points[i - 1]?.step ?? step))).toBe(true);
  expect(points.at(-1)).toEqual({
    ...{ step: 1000, std: 1000, dead: 0, gradientRms: 1, updateRatio: 0.002 },
  });
  expect(history.of("conv2")).toEqual([]);
});

test("a run that was resumed earlier loses its later figures", () => {
  const history = new LayerHistory();
  for (const step of [10, 20, 30]) history.add(step, [layer("conv1", step)]);
  history.add(20, [layer("conv1", 7)]);
  expect(history.of("conv1").map(({ step, std }) => [step, std])).toEqual([
    [10, 10],
    [20, 7],
  ]);
});

/** The exact computation of one unit: what it reads, with which weights, and what comes out. */

import { cellsOf, regionOf } from "$/explain/cells";
import { layerOf, ruleOf } from "$/explain/rules";
import { placeOf, sizeOf } from "$/explain/shape";
import type { Explain, Explanation, Layer, Unit } from "$/explain/types";
import { text } from "$/lang/index.svelte";
import type { Step, Tensor } from "$/model/types";

export { followingOf, mapsBehind } from "$/explain/around";
export { affected, cellsOf, type Cells } from "$/explain/cells";
export { affectedBy, readBy, type Marks } from "$/explain/marks";
export { boxOf, fieldOf, toPicture, type Box } from "$/explain/field";
export { brief, exact } from "$/explain/formula";
export type { Explain, Explanation, Layout, Region, Term, Weights } from "$/explain/types";

/** Explain unit `index` of a step's output. Throws a sentence for what does not fit. */
export const explain: Explain = (step, index, inputs, weights): Explanation => {
  const rule = ruleOf(step.type);
  const layer = layerOf(
    step,
    inputs.map((input) => input.shape),
  );
  check(step, layer, index, inputs);
  const parameter = (name: string): Tensor => {
    const tensor = weights.get(name);
    if (tensor === undefined)
      throw new Error(text("explain.noParameter", { name, path: step.path }));
    return tensor;
  };
  const unit: Unit = { ...layer, ...placeOf(layer.output, index), index, data: inputs, parameter };
  const parts = rule.explain(unit);
  const regions = inputs.flatMap((_, input) => {
    const cells = cellsOf(rule.geometry(layer, input), layer, input, index);
    return regionOf(cells, input);
  });
  return { ...parts, regions };
};

function check(step: Step, layer: Layer, index: number, inputs: readonly Tensor[]): void {
  if (inputs.length !== step.inputs.length) {
    const values = { path: step.path, given: inputs.length, expected: step.inputs.length };
    throw new Error(text("explain.inputs", values));
  }
  const size = sizeOf(layer.output);
  if (!Number.isInteger(index) || index < 0 || index >= size) {
    throw new Error(text("explain.noUnit", { path: step.path, index, last: size - 1 }));
  }
}

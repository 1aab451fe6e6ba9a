/** Parameters and multiply-accumulates of the layers, by their paths. */

import type { Facts } from "$/diagram/types";
import type { Step } from "$/model/types";

export function factsOf(steps: readonly Step[]): ReadonlyMap<string, Facts> {
  return new Map(
    steps.map((step) => [step.path, { macs: step.macs, parameters: step.num_parameters }]),
  );
}

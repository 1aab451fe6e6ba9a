/** Random zeros in training. */

import { bytesOf, numberOf, only, type Rule } from "$/engine/layers/rule";

/** @param perImage one factor for each image, in place of one for each number */
function dropped(perImage: boolean): Rule {
  return {
    shape: (_fields, inputs) => only(inputs),
    plan(site) {
      const { kernels, arena, batch, fields } = site;
      const p = numberOf(fields, "p", 0.5);
      const bytes = bytesOf(site.output, batch);
      const period = perImage ? 4 * batch : bytes;
      const mask = arena.take(period);
      const x = site.x[0] ?? 0;
      return {
        forward(training) {
          if (!training) return kernels.copy(x, site.y, bytes);
          kernels.dropoutMask(mask, period, p, site.seed());
          kernels.multiply(x, mask, site.y, bytes, period);
        },
        backward(dy, dx) {
          if (dx[0]) kernels.multiply(dy, mask, dx[0], bytes, period);
        },
      };
    },
  };
}

export const Dropout = dropped(false);
export const StochasticDepth = dropped(true);

/** Layers on vectors: the fully connected one, and distances to centres. */

import { explanation, summed, termAt, total, weightAt } from "$/explain/build";
import { brief } from "$/explain/formula";
import { flagOf, rowsOf } from "$/explain/settings";
import { range } from "$/explain/shape";
import type { Geometry, Layer, Rule } from "$/explain/types";
import { every, own } from "$/explain/window";

function allFeatures(layer: Layer): Geometry {
  return { channels: every(layer.inputs[0]?.channels ?? 0), rows: own, cols: own };
}

export const linear: Rule = {
  explain: (unit) => {
    const features = range(0, unit.inputs[0]?.channels ?? 0);
    const first = unit.channel * features.length;
    const weights = unit.parameter("weight").data;
    const terms = features.map((j) => termAt(unit, 0, j, weights[first + j] ?? Number.NaN));
    const hasBias = flagOf(unit.settings, "bias", true);
    const bias = hasBias ? weightAt(unit, "bias", unit.channel) : null;
    const layout = { input: 0, channels: features, rows: [0], cols: [0] };
    return summed(terms, bias, "y = b + Σ w · x", { layout });
  },
  geometry: allFeatures,
};

/** Minus the squared distance to a centre, which is the weight of each term. */
export const euclideanRBF: Rule = {
  explain: (unit) => {
    const centre = rowsOf(unit.settings, "centres")[unit.channel] ?? [];
    const terms = centre.map((weight, j) => {
      const term = termAt(unit, 0, j, weight);
      return { ...term, product: -((term.value - weight) ** 2) };
    });
    const value = total(terms);
    return explanation({
      kind: "function",
      terms,
      value,
      law: "y = −Σ (x − w)²",
      termLaw: "−(x − w)²",
      formula: `−Σ (x − w)² = ${brief(value)}`,
      layout: { input: 0, channels: range(0, centre.length), rows: [0], cols: [0] },
    });
  },
  geometry: allFeatures,
};

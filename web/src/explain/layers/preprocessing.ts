/** Preprocessing: standardisation of pixels, contrast normalisation, whitening. */

import { explanation, summed, termAt, weightAt } from "$/explain/build";
import { brief, factor } from "$/explain/formula";
import { numberOf, numbersOf } from "$/explain/settings";
import { range, sizeOf } from "$/explain/shape";
import type { Geometry, Layer, Rule } from "$/explain/types";
import { every, own } from "$/explain/window";

/** (x / 255 - mean) / std of the channel. */
export const normalize: Rule = {
  explain: (unit) => {
    const mean = numbersOf(unit.settings, "mean")[unit.channel] ?? Number.NaN;
    const deviation = numbersOf(unit.settings, "std")[unit.channel] ?? Number.NaN;
    const term = termAt(unit, 0, unit.index, 1 / (255 * deviation));
    const value = (term.value / 255 - mean) / deviation;
    return explanation({
      kind: "function",
      terms: [term],
      bias: -mean / deviation,
      value,
      law: "y = (x / 255 − μ) / σ",
      formula: `(${brief(term.value)} / 255 − ${factor(mean)}) / ${brief(deviation)} = ${brief(value)}`,
      quantities: [
        { name: "mean", symbol: "μ", value: mean },
        { name: "variance", symbol: "σ²", value: deviation ** 2 },
      ],
    });
  },
  geometry: () => ({ channels: own, rows: own, cols: own }),
};

function everything(layer: Layer): Geometry {
  const [input] = layer.inputs;
  return {
    channels: every(input?.channels ?? 0),
    rows: every(input?.height ?? 0),
    cols: every(input?.width ?? 0),
  };
}

/** scale * (x - m) / max(|x - m|, epsilon), m the mean of the image. */
export const globalContrastNorm: Rule = {
  explain: (unit) => {
    const values = unit.data[0]?.data ?? new Float32Array();
    const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
    const squares = values.reduce((sum, x) => sum + (x - mean) ** 2, 0);
    const length = Math.max(Math.sqrt(squares), numberOf(unit.settings, "epsilon", 1e-8));
    const scale = numberOf(unit.settings, "scale", 55);
    const term = termAt(unit, 0, unit.index, scale / length);
    const value = (scale * (term.value - mean)) / length;
    const centred = `(${brief(term.value)} − ${factor(mean)})`;
    return explanation({
      kind: "function",
      terms: [term],
      bias: (-scale * mean) / length,
      value,
      law: "y = s · (x − μ) / |x − μ|",
      formula: `${brief(scale)} × ${centred} / ${brief(length)} = ${brief(value)}`,
      quantities: [
        { name: "mean", symbol: "μ", value: mean },
        { name: "length", symbol: "|x − μ|", value: length },
      ],
    });
  },
  geometry: everything,
};

/** A row of the matrix, times all numbers of the image minus their means. */
export const zcaWhiten: Rule = {
  explain: (unit) => {
    const size = unit.inputs[0] === undefined ? 0 : sizeOf(unit.inputs[0]);
    const first = unit.index * size;
    let bias = 0;
    const terms = range(0, size).map((j) => {
      const weight = weightAt(unit, "matrix_DD", first + j);
      bias -= weight * weightAt(unit, "mean_D", j);
      return termAt(unit, 0, j, weight);
    });
    const maps = unit.output;
    const layout = {
      input: 0,
      channels: range(0, maps.channels),
      rows: range(0, maps.height),
      cols: range(0, maps.width),
    };
    return summed(terms, bias, "y = Σ w · (x − m)", { layout });
  },
  geometry: everything,
};

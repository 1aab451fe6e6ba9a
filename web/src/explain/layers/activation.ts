/** Activations: one function of one number, and the softmax. */

import { explanation, termAt, weightAt } from "$/explain/build";
import { brief } from "$/explain/formula";
import { flagOf, numberOf, wordOf } from "$/explain/settings";
import { indexOf, range } from "$/explain/shape";
import type { Quantity, Rule, Unit } from "$/explain/types";
import { every, own } from "$/explain/window";

interface Curve {
  readonly law: string;
  readonly name: string;
  readonly of: (x: number) => number;
  readonly quantities?: readonly Quantity[];
}

function curved(curve: (unit: Unit) => Curve): Rule {
  return {
    explain: (unit) => {
      const { law, name, of, quantities = [] } = curve(unit);
      const x = termAt(unit, 0, unit.index, 1);
      const value = of(x.value);
      const formula = `${name}(${brief(x.value)}) = ${brief(value)}`;
      const term = { ...x, product: value };
      return explanation({
        kind: "function",
        terms: [term],
        value,
        law,
        formula,
        curve: of,
        quantities,
      });
    },
    geometry: () => ({ channels: own, rows: own, cols: own }),
  };
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const within = (x: number, low: number, high: number): number => Math.min(Math.max(x, low), high);

/** The error function: its series of positive terms, exact to the last digits. */
export function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

export const relu = curved(() => ({
  law: "y = max(x, 0)",
  name: "ReLU",
  of: (x) => Math.max(x, 0),
}));

export const relu6 = curved(() => ({
  law: "y = min(max(x, 0), 6)",
  name: "ReLU6",
  of: (x) => within(x, 0, 6),
}));

export const tanh = curved(() => ({ law: "y = tanh(x)", name: "tanh", of: Math.tanh }));

export const scaledTanh = curved(({ settings }) => {
  const amplitude = numberOf(settings, "amplitude", 1.7159);
  const slope = numberOf(settings, "slope", 2 / 3);
  return {
    law: `y = ${brief(amplitude)} · tanh(${brief(slope)} · x)`,
    name: "f",
    of: (x) => amplitude * Math.tanh(slope * x),
  };
});

export const sigmoidRule = curved(() => ({
  law: "y = 1 / (1 + exp(−x))",
  name: "sigmoid",
  of: sigmoid,
}));

export const hardsigmoid = curved(() => ({
  law: "y = min(max(x + 3, 0), 6) / 6",
  name: "f",
  of: (x) => within(x + 3, 0, 6) / 6,
}));

export const leakyReLU = curved(({ settings }) => {
  const slope = numberOf(settings, "negative_slope", 0.01);
  return {
    law: `y = x ≥ 0 ? x : ${brief(slope)} · x`,
    name: "f",
    of: (x) => (x >= 0 ? x : slope * x),
  };
});

export const preLU = curved((unit) => {
  const channel = flagOf(unit.settings, "per_channel", false) ? unit.channel : 0;
  const slope = weightAt(unit, "weight", channel);
  return {
    law: "y = x ≥ 0 ? x : a · x",
    name: "f",
    of: (x) => (x >= 0 ? x : slope * x),
    quantities: [{ name: "slope", symbol: "a", value: slope }],
  };
});

export const elu = curved(({ settings }) => {
  const alpha = numberOf(settings, "alpha", 1);
  return {
    law: `y = x > 0 ? x : ${brief(alpha)} · (exp(x) − 1)`,
    name: "ELU",
    of: (x) => (x > 0 ? x : alpha * Math.expm1(x)),
  };
});

export const gelu = curved(({ settings }) => {
  if (wordOf(settings, "approximate", "none") === "none") {
    return {
      law: "y = x · (1 + erf(x / √2)) / 2",
      name: "GELU",
      of: (x) => (x * (1 + erf(x / Math.SQRT2))) / 2,
    };
  }
  const root = Math.sqrt(2 / Math.PI);
  return {
    law: "y = x · (1 + tanh(√(2/π) · (x + 0.044715 · x³))) / 2",
    name: "GELU",
    of: (x) => (x * (1 + Math.tanh(root * (x + 0.044715 * x ** 3)))) / 2,
  };
});

export const silu = curved(() => ({
  law: "y = x / (1 + exp(−x))",
  name: "SiLU",
  of: (x) => x * sigmoid(x),
}));

export const hardswish = curved(() => ({
  law: "y = x · min(max(x + 3, 0), 6) / 6",
  name: "f",
  of: (x) => (x * within(x + 3, 0, 6)) / 6,
}));

/** exp(x) / sum of exp(x') over the channels; the largest is subtracted first, as engines do. */
export const softmax: Rule = {
  explain: (unit) => {
    const [maps] = unit.inputs;
    const channels = range(0, maps?.channels ?? 0);
    const values = channels.map((channel) =>
      termAt(unit, 0, maps ? indexOf(maps, channel, unit.row, unit.col) : -1, 1),
    );
    const highest = values.reduce((most, { value }) => Math.max(most, value), -Infinity);
    const terms = values.map((term) => ({ ...term, product: Math.exp(term.value - highest) }));
    const sum = terms.reduce((all, { product }) => all + product, 0);
    const x = terms[unit.channel]?.value ?? Number.NaN;
    const value = (terms[unit.channel]?.product ?? Number.NaN) / sum;
    const scaled = sum * Math.exp(highest);
    return explanation({
      kind: "function",
      terms,
      value,
      law: "y = exp(x) / Σ exp(x′)",
      termLaw: "exp(x − max)",
      formula: `exp(${brief(x)}) / ${brief(scaled)} = ${brief(value)}`,
      layout: { input: 0, channels, rows: [unit.row], cols: [unit.col] },
      quantities: [{ name: "total", symbol: "Σ exp(x′)", value: scaled }],
    });
  },
  geometry: (layer) => ({
    channels: every(layer.inputs[0]?.channels ?? 0),
    rows: own,
    cols: own,
  }),
};

/** Normalisation: by running statistics, over neighbouring channels, and over parts of the image. */

import { explanation, standardised, summed, termAt, total, weightAt } from "$/explain/build";
import { brief, factor } from "$/explain/formula";
import { flagOf, numberOf, wordOf } from "$/explain/settings";
import { indexOf, range } from "$/explain/shape";
import type { Geometry, Layer, Rule, Unit } from "$/explain/types";
import { every, grouped, own } from "$/explain/window";

const STANDARDISED = "y = γ · (x − μ) / √(σ² + ε) + β";
const pointwise: Geometry = { channels: own, rows: own, cols: own };

/** Return gamma and beta of a channel: 1 and 0 in a layer without them. */
function affine(unit: Unit, fallback: boolean): { gamma: number; beta: number } {
  if (!flagOf(unit.settings, "affine", fallback)) return { gamma: 1, beta: 0 };
  return {
    gamma: weightAt(unit, "weight", unit.channel),
    beta: weightAt(unit, "bias", unit.channel),
  };
}

export const batchNorm2d: Rule = {
  explain: (unit) =>
    standardised(
      unit,
      {
        mean: weightAt(unit, "running_mean", unit.channel),
        variance: weightAt(unit, "running_var", unit.channel),
        epsilon: numberOf(unit.settings, "eps", 1e-5),
        ...affine(unit, true),
      },
      STANDARDISED,
    ),
  geometry: () => pointwise,
};

interface Part {
  readonly channels: readonly number[];
  readonly rows: readonly number[];
  readonly cols: readonly number[];
}

/** Return mean and variance (divided by n) of a part of the input. */
function statistics(unit: Unit, part: Part): { mean: number; variance: number } {
  const [maps] = unit.inputs;
  const [input] = unit.data;
  if (maps === undefined || input === undefined) return { mean: Number.NaN, variance: Number.NaN };
  const count = part.channels.length * part.rows.length * part.cols.length;
  const each = (visit: (x: number) => void): void => {
    for (const channel of part.channels)
      for (const row of part.rows)
        for (const col of part.cols) visit(input.data[indexOf(maps, channel, row, col)] ?? 0);
  };
  let sum = 0;
  each((x) => (sum += x));
  const mean = sum / count;
  let squares = 0;
  each((x) => (squares += (x - mean) ** 2));
  return { mean, variance: squares / count };
}

type PartOf = (layer: Layer) => Exclude<Geometry, { copies: unknown }>;

function imageNorm(part: PartOf, epsilon: number, hasAffine: boolean): Rule {
  return {
    explain: (unit) => {
      const { channels, rows, cols } = part(unit);
      const read = {
        channels: channels(unit.channel),
        rows: rows(unit.row),
        cols: cols(unit.col),
      };
      return standardised(
        unit,
        {
          ...statistics(unit, read),
          epsilon: numberOf(unit.settings, "eps", epsilon),
          ...affine(unit, hasAffine),
        },
        STANDARDISED,
      );
    },
    geometry: part,
  };
}

const allRows = (layer: Layer) => every(layer.inputs[0]?.height ?? 1);
const allCols = (layer: Layer) => every(layer.inputs[0]?.width ?? 1);
const allChannels = (layer: Layer) => every(layer.inputs[0]?.channels ?? 1);

export const layerNorm2d = imageNorm(
  (layer) => ({ channels: allChannels(layer), rows: own, cols: own }),
  1e-6,
  true,
);

export const groupNorm = imageNorm(
  (layer) => ({
    channels: grouped(
      layer.output.channels,
      layer.output.channels,
      numberOf(layer.settings, "groups", 1),
    ),
    rows: allRows(layer),
    cols: allCols(layer),
  }),
  1e-5,
  true,
);

export const instanceNorm2d = imageNorm(
  (layer) => ({ channels: own, rows: allRows(layer), cols: allCols(layer) }),
  1e-5,
  false,
);

/** Return the root of the sum of squares of each channel. */
function norms(unit: Unit): number[] {
  const [maps] = unit.inputs;
  const [input] = unit.data;
  if (maps === undefined || input === undefined) return [];
  const area = maps.height * maps.width;
  return range(0, maps.channels).map((channel) => {
    const values = input.data.subarray(channel * area, (channel + 1) * area);
    return Math.sqrt(values.reduce((sum, x) => sum + x * x, 0));
  });
}

export const globalResponseNorm: Rule = {
  explain: (unit) => {
    const epsilon = numberOf(unit.settings, "eps", 1e-6);
    const each = norms(unit);
    const mean = each.reduce((sum, norm) => sum + norm, 0) / each.length;
    const norm = each[unit.channel] ?? Number.NaN;
    const share = norm / (mean + epsilon);
    const { gamma, beta } = affine(unit, true);
    const term = termAt(unit, 0, unit.index, 1 + gamma * share);
    const value = term.product + beta;
    const x = factor(term.value);
    return explanation({
      kind: "function",
      terms: [term],
      bias: beta,
      value,
      law: "y = x + γ · x · n / (mean(n) + ε) + β",
      formula: `${x} + ${factor(gamma)} × ${x} × ${brief(share)} + ${factor(beta)} = ${brief(value)}`,
      quantities: [
        { name: "length", symbol: "n", value: norm },
        { name: "mean", symbol: "mean(n)", value: mean },
        { name: "epsilon", symbol: "ε", value: epsilon },
        { name: "share", symbol: "n / (mean(n) + ε)", value: share },
        { name: "gamma", symbol: "γ", value: gamma },
        { name: "beta", symbol: "β", value: beta },
      ],
    });
  },
  geometry: (layer) => ({
    channels: allChannels(layer),
    rows: allRows(layer),
    cols: allCols(layer),
  }),
};

function neighbours(layer: Layer): (channel: number) => number[] {
  const size = numberOf(layer.settings, "size", 5);
  const before = Math.floor(size / 2);
  return (channel) =>
    range(channel - before, size).filter((c) => c >= 0 && c < layer.output.channels);
}

/** x / (k + a * sum of squares)^beta, over channels c - size // 2 ... c + (size - 1) // 2. */
export const localResponseNorm: Rule = {
  explain: (unit) => {
    const [maps] = unit.inputs;
    const channels = neighbours(unit)(unit.channel);
    const terms = channels.map((channel) => {
      const index = maps === undefined ? -1 : indexOf(maps, channel, unit.row, unit.col);
      const term = termAt(unit, 0, index, 1);
      return { ...term, product: term.value ** 2 };
    });
    const perSum = wordOf(unit.settings, "alpha_per", "sum") === "sum";
    const alpha = numberOf(unit.settings, "alpha", 1e-4);
    const a = perSum ? alpha : alpha / numberOf(unit.settings, "size", 5);
    const beta = numberOf(unit.settings, "beta", 0.75);
    const k = numberOf(unit.settings, "k", 2);
    const squares = total(terms);
    const divisor = (k + a * squares) ** beta;
    const x = termAt(unit, 0, unit.index, 1).value;
    const value = x / divisor;
    const base = `(${brief(k)} + ${brief(a)} × ${brief(squares)})^${brief(beta)}`;
    return explanation({
      kind: "function",
      terms,
      value,
      law: "y = x / (k + a · Σ x²)^β",
      termLaw: "x²",
      formula: `${factor(x)} / ${base} = ${brief(value)}`,
      layout: { input: 0, channels, rows: [unit.row], cols: [unit.col] },
      quantities: [
        { name: "squares", symbol: "Σ x²", value: squares },
        { name: "divisor", symbol: "(k + a · Σ x²)^β", value: divisor },
      ],
    });
  },
  geometry: (layer) => ({ channels: neighbours(layer), rows: own, cols: own }),
};

export const layerScale: Rule = {
  explain: (unit) => {
    const gamma = weightAt(unit, "weight", unit.channel);
    return summed([termAt(unit, 0, unit.index, gamma)], null, "y = γ · x");
  },
  geometry: () => pointwise,
};

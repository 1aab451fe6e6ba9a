/** Parts that the explanations of several layers share. */

import { brief, factor, productsText } from "$/explain/formula";
import { indexOf } from "$/explain/shape";
import type { Explanation, Layout, Quantity, Region, Term, Unit } from "$/explain/types";

type Partial = Omit<Explanation, "regions" | "quantities" | "bias"> & {
  readonly bias?: number;
  readonly quantities?: readonly Quantity[];
};

/** Complete an explanation; the regions follow from the geometry, in `explain`. */
export function explanation(parts: Partial): Explanation {
  return { bias: 0, quantities: [], ...parts, regions: NO_REGIONS };
}

const NO_REGIONS: readonly Region[] = [];

/** Return a number of an input's data; 0 of the padding. */
export function valueAt(unit: Unit, input: number, index: number): number {
  return index < 0 ? 0 : (unit.data[input]?.data[index] ?? Number.NaN);
}

export function termAt(unit: Unit, input: number, index: number, weight: number): Term {
  const value = valueAt(unit, input, index);
  return { input, index, value, weight, product: value * weight };
}

/** Return a number of a parameter. */
export function weightAt(unit: Unit, name: string, index: number): number {
  return unit.parameter(name).data[index] ?? Number.NaN;
}

/** Return the sum of the products, added to a first number in their order. */
export function total(terms: readonly Term[], first = 0): number {
  let sum = first;
  for (const term of terms) sum += term.product;
  return sum;
}

/** Sources of a window's rows or columns: inputs, or -1 for zeros. */
export interface Sources {
  readonly places: readonly number[];
  readonly from: readonly number[];
}

/** Return the terms of a window: channel by channel, row by row, and their positions. */
export function windowTerms(
  unit: Unit,
  channels: readonly number[],
  rows: Sources,
  cols: Sources,
  weight: (channel: number, row: number, col: number) => number,
): { readonly terms: Term[]; readonly layout: Layout } {
  const [maps] = unit.inputs;
  const terms: Term[] = [];
  if (maps !== undefined) {
    channels.forEach((channel, c) => {
      rows.from.forEach((row, u) => {
        cols.from.forEach((col, v) => {
          const index = row < 0 || col < 0 ? -1 : indexOf(maps, channel, row, col);
          terms.push(termAt(unit, 0, index, weight(c, u, v)));
        });
      });
    });
  }
  return { terms, layout: { input: 0, channels, rows: rows.places, cols: cols.places } };
}

/** Explain a sum of products and a bias; `null` stands for a layer without one. */
export function summed(
  terms: readonly Term[],
  bias: number | null,
  law: string,
  more: { readonly layout?: Layout; readonly quantities?: readonly Quantity[] } = {},
): Explanation {
  const value = total(terms, bias ?? 0);
  const formula = `${productsText(terms, bias)} = ${brief(value)}`;
  return explanation({ kind: "sum", terms, bias: bias ?? 0, value, law, formula, ...more });
}

/** Explain the largest of some values; the first of equal ones is the winner. */
export function largest(terms: readonly Term[], law: string, layout: Layout): Explanation {
  let winner = 0;
  terms.forEach((term, place) => {
    const best = terms[winner]?.value ?? Number.NEGATIVE_INFINITY;
    if (term.value > best || (Number.isNaN(term.value) && !Number.isNaN(best))) winner = place;
  });
  const value = terms[winner]?.value ?? Number.NaN;
  const shown = terms.slice(0, 9).map((term) => brief(term.value));
  const list = [...shown, ...(terms.length > 9 ? ["…"] : [])].join(", ");
  const formula = `max(${list}) = ${brief(value)}`;
  return explanation({ kind: "max", terms, value, winner, law, formula, layout });
}

/** Explain a value that is taken from one place; -1 is a zero of the padding. */
export function copied(unit: Unit, input: number, index: number, law: string): Explanation {
  const term = termAt(unit, input, index, 1);
  const formula = `y = ${brief(term.value)}`;
  return explanation({ kind: "copy", terms: [term], value: term.value, law, formula });
}

/** Explain gamma * (x - mean) / deviation + beta, with what it was computed from. */
export function standardised(
  unit: Unit,
  parts: { mean: number; variance: number; epsilon: number; gamma: number; beta: number },
  law: string,
): Explanation {
  const { mean, variance, epsilon, gamma, beta } = parts;
  const scale = gamma / Math.sqrt(variance + epsilon);
  const term = termAt(unit, 0, unit.index, scale);
  const value = scale * (term.value - mean) + beta;
  const root = `√(${brief(variance)} + ${brief(epsilon)})`;
  const centred = `(${brief(term.value)} − ${factor(mean)})`;
  const formula = `${factor(gamma)} × ${centred} / ${root} + ${factor(beta)} = ${brief(value)}`;
  return explanation({
    kind: "function",
    terms: [term],
    bias: beta - scale * mean,
    value,
    law,
    formula,
    quantities: [
      { name: "mean", symbol: "μ", value: mean },
      { name: "variance", symbol: "σ²", value: variance },
      { name: "epsilon", symbol: "ε", value: epsilon },
      { name: "gamma", symbol: "γ", value: gamma },
      { name: "beta", symbol: "β", value: beta },
    ],
  });
}

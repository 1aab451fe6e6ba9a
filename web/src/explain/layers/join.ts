/** Compositions: branches concatenated, added, multiplied. */

import { copied, explanation, summed, termAt } from "$/explain/build";
import { brief, factor } from "$/explain/formula";
import { branchOf } from "$/explain/layers/moving";
import { indexOf, range } from "$/explain/shape";
import type { Layer, Reads, Rule } from "$/explain/types";
import { own } from "$/explain/window";

export const concat: Rule = {
  explain: (unit) => {
    const [input, channel] = branchOf(unit.inputs, unit.channel);
    const maps = unit.inputs[input];
    const index = maps === undefined ? -1 : indexOf(maps, channel, unit.row, unit.col);
    return copied(unit, Math.max(input, 0), index, "y = [x₁, x₂, …]");
  },
  geometry: (layer, input) => ({
    channels: (position) => {
      const [from, channel] = branchOf(layer.inputs, position);
      return from === input ? [channel] : [];
    },
    rows: own,
    cols: own,
  }),
};

export const residual: Rule = {
  explain: (unit) => {
    const terms = range(0, unit.inputs.length).map((input) => termAt(unit, input, unit.index, 1));
    const parts = summed(terms, null, "y = body(x) + shortcut(x)");
    const values = terms.map((term) => factor(term.value)).join(" + ");
    return { ...parts, formula: `${values} = ${brief(parts.value)}` };
  },
  geometry: () => ({ channels: own, rows: own, cols: own }),
};

/** Return the reading of an axis of the gate, which may hold one number for all positions. */
function stretched(size: number): Reads {
  const first: readonly number[] = [0];
  return size === 1 ? () => first : own;
}

function gateAxes(layer: Layer, input: number): { channels: Reads; rows: Reads; cols: Reads } {
  const maps = layer.inputs[input];
  return {
    channels: own,
    rows: stretched(maps?.height ?? 1),
    cols: stretched(maps?.width ?? 1),
  };
}

export const gate: Rule = {
  explain: (unit) => {
    const terms = unit.inputs.map((maps, input) => {
      const { rows, cols } = gateAxes(unit, input);
      const index = indexOf(maps, unit.channel, rows(unit.row)[0] ?? 0, cols(unit.col)[0] ?? 0);
      return termAt(unit, input, index, 1);
    });
    const value = terms.reduce((product, term) => product * term.value, 1);
    const values = terms.map((term) => factor(term.value)).join(" × ");
    return explanation({
      kind: "product",
      terms,
      value,
      law: "y = body(x) · gate(x)",
      formula: `${values} = ${brief(value)}`,
    });
  },
  geometry: gateAxes,
};

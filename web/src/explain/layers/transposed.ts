/** Transposed convolution: input i reaches outputs i * stride - padding + t * dilation. */

import { summed, weightAt, windowTerms } from "$/explain/build";
import { flagOf, numberOf } from "$/explain/settings";
import type { Layer, Rule } from "$/explain/types";
import { grouped, windowsOf, type Window } from "$/explain/window";

interface Tap {
  readonly tap: number;
  readonly source: number;
}

/** Return the taps of the kernel that reach a position, with the input that they weigh. */
function taps(window: Window, position: number): Tap[] {
  const reaching: Tap[] = [];
  for (let tap = window.kernel - 1; tap >= 0; tap--) {
    const place = position + window.padding - tap * window.dilation;
    const source = place / window.stride;
    if (place % window.stride === 0 && source >= 0 && source < window.size) {
      reaching.push({ tap, source });
    }
  }
  return reaching;
}

function groupsOf(layer: Layer): (position: number) => readonly number[] {
  const inputs = layer.inputs[0]?.channels ?? 0;
  return grouped(inputs, layer.output.channels, numberOf(layer.settings, "groups", 1));
}

/** Weights (C, K / groups, kh, kw). */
export const convTranspose2d: Rule = {
  explain: (unit) => {
    const [rows, cols] = windowsOf(unit);
    const channels = groupsOf(unit)(unit.channel);
    const perGroup = unit.output.channels / numberOf(unit.settings, "groups", 1);
    const inGroup = unit.channel % perGroup;
    const high = taps(rows, unit.row);
    const wide = taps(cols, unit.col);
    const sources = (list: readonly Tap[]) => {
      const from = list.map(({ source }) => source);
      return { places: from, from };
    };
    const { terms, layout } = windowTerms(
      unit,
      channels,
      sources(high),
      sources(wide),
      (c, u, v) => {
        const kernel = (channels[c] ?? 0) * perGroup + inGroup;
        const row = kernel * rows.kernel + (high[u]?.tap ?? 0);
        return weightAt(unit, "weight", row * cols.kernel + (wide[v]?.tap ?? 0));
      },
    );
    const hasBias = flagOf(unit.settings, "bias", true);
    const bias = hasBias ? weightAt(unit, "bias", unit.channel) : null;
    return summed(terms, bias, "y = b + Σ w · x", { layout });
  },
  geometry: (layer) => {
    const [rows, cols] = windowsOf(layer);
    return {
      channels: groupsOf(layer),
      rows: (row) => taps(rows, row).map(({ source }) => source),
      cols: (col) => taps(cols, col).map(({ source }) => source),
    };
  },
};

/** Resampling: every position is a weighted sum of neighbours along both axes. */

import { explanation, summed, total, windowTerms, type Sources } from "$/explain/build";
import { brief, productsText } from "$/explain/formula";
import { pairOf, wordOf } from "$/explain/settings";
import { range } from "$/explain/shape";
import type { Layer, Rule, Unit } from "$/explain/types";
import { own } from "$/explain/window";

interface Tap {
  readonly source: number;
  readonly weight: number;
}

type Taps = (position: number) => readonly Tap[];

const FIXED_POINT = 2 ** 22;

function nearest(factor: number): Taps {
  return (position) => [{ source: Math.floor(position / factor), weight: 1 }];
}

/** Return the neighbours of (position + 1/2) / factor - 1/2, limited to the edges. */
function bilinear(size: number, factor: number): Taps {
  return (position) => {
    const at = Math.max(0, (position + 0.5) / factor - 0.5);
    const first = Math.floor(at);
    const share = at - first;
    if (share === 0 || first + 1 >= size) return [{ source: Math.min(first, size - 1), weight: 1 }];
    return [
      { source: first, weight: 1 - share },
      { source: first + 1, weight: share },
    ];
  };
}

/** Return the kernel of a resize: the triangle, or Keys' cubic with a = -0.5. */
function kernel(interpolation: string): { radius: number; at: (x: number) => number } {
  if (interpolation === "bilinear") return { radius: 1, at: (x) => Math.max(0, 1 - x) };
  const near = (x: number): number => (1.5 * x - 2.5) * x * x + 1;
  const far = (x: number): number => ((x - 5) * x + 8) * x * -0.5 + 2;
  return { radius: 2, at: (x) => (x <= 1 ? near(x) : x < 2 ? far(x) : 0) };
}

/** Return the taps of a resize without aliasing: f(|j + 1/2 - (i + 1/2) s| / max(s, 1)). */
function resized(before: number, after: number, interpolation: string): Taps {
  if (before === after) return (position) => [{ source: position, weight: 1 }];
  const { radius, at } = kernel(interpolation);
  const scale = before / after;
  const wide = Math.max(scale, 1);
  return (position) => {
    const centre = (position + 0.5) * scale;
    const first = Math.max(0, Math.floor(centre - radius * wide) - 1);
    const end = Math.min(before, Math.ceil(centre + radius * wide) + 1);
    const all = range(first, end - first).map((source) => {
      return { source, weight: at(Math.abs(source + 0.5 - centre) / wide) };
    });
    const taps = all.filter(({ weight }) => Math.abs(weight) > 1e-12);
    const sum = taps.reduce((sum, { weight }) => sum + weight, 0);
    return taps.map(({ source, weight }) => ({ source, weight: weight / sum }));
  };
}

type Axes = (layer: Layer) => readonly [Taps, Taps];

const enlarged: Axes = (layer) => {
  const [rows, cols] = pairOf(layer.settings, "scale_factor", [1, 1]);
  if (wordOf(layer.settings, "mode", "nearest") === "nearest")
    return [nearest(rows), nearest(cols)];
  const [input] = layer.inputs;
  return [bilinear(input?.height ?? 1, rows), bilinear(input?.width ?? 1, cols)];
};

const resizedAxes: Axes = (layer) => {
  const word = wordOf(layer.settings, "interpolation", "bilinear");
  const [input] = layer.inputs;
  return [
    resized(input?.height ?? 1, layer.output.height, word),
    resized(input?.width ?? 1, layer.output.width, word),
  ];
};

function sources(taps: readonly Tap[]): Sources {
  const from = taps.map(({ source }) => source);
  return { places: from, from };
}

function weighted(unit: Unit, high: readonly Tap[], wide: readonly Tap[]) {
  const product = (_: number, u: number, v: number): number =>
    (high[u]?.weight ?? 0) * (wide[v]?.weight ?? 0);
  return windowTerms(unit, [unit.channel], sources(high), sources(wide), product);
}

function geometry(axes: Axes): Rule["geometry"] {
  return (layer) => {
    const [rows, cols] = axes(layer);
    return {
      channels: own,
      rows: (row) => rows(row).map(({ source }) => source),
      cols: (col) => cols(col).map(({ source }) => source),
    };
  };
}

export const upsample: Rule = {
  explain: (unit) => {
    const [rows, cols] = enlarged(unit);
    const { terms, layout } = weighted(unit, rows(unit.row), cols(unit.col));
    return summed(terms, null, "y = Σ w · x", { layout });
  },
  geometry: geometry(enlarged),
};

/** Return a sum of bytes in Pillow's fixed point, rounded to a whole number from 0 to 255. */
function rounded(values: readonly number[], taps: readonly Tap[]): number {
  if (taps.length === 1 && taps[0]?.weight === 1) return values[0] ?? Number.NaN;
  const sum = taps.reduce((sum, { weight }, place) => {
    const fixed = Math.floor(Math.abs(weight * FIXED_POINT) + 0.5) * Math.sign(weight);
    return sum + fixed * (values[place] ?? Number.NaN);
  }, 0);
  return Math.min(Math.max(Math.floor((sum + FIXED_POINT / 2) / FIXED_POINT), 0), 255);
}

export const resize: Rule = {
  explain: (unit) => {
    const [rows, cols] = resizedAxes(unit);
    const [high, wide] = [rows(unit.row), cols(unit.col)];
    const { terms, layout } = weighted(unit, high, wide);
    if (wordOf(unit.settings, "rounding", "none") === "none") {
      return summed(terms, null, "y = Σ w · x", { layout });
    }
    const lines = high.map((_, u) => {
      const line = terms.slice(u * wide.length, (u + 1) * wide.length);
      return rounded(
        line.map((term) => term.value),
        wide,
      );
    });
    const value = rounded(lines, high);
    const sum = total(terms);
    return explanation({
      kind: "function",
      terms,
      value,
      layout,
      law: "y = round(Σ w · x)",
      formula: `round(${productsText(terms, null)}) = ${brief(value)}`,
      quantities: [{ name: "rounding", symbol: "y − Σ w · x", value: value - sum }],
    });
  },
  geometry: geometry(resizedAxes),
  shapeAfter: (settings, before) => {
    const { size } = settings;
    if (typeof size !== "number") {
      const [height, width] = pairOf(settings, "size", [before.height, before.width]);
      return { ...before, height, width };
    }
    // one number is the shorter side; the longer one is rounded down
    const shorter = Math.min(before.height, before.width);
    const along = (side: number): number => Math.floor((size * side) / shorter);
    return { ...before, height: along(before.height), width: along(before.width) };
  },
};

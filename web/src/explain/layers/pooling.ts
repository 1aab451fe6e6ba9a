/** Pooling: each window of a channel is reduced to one number. */

import { largest, summed, weightAt, windowTerms, type Sources } from "$/explain/build";
import { flagOf, pairOf, wordOf } from "$/explain/settings";
import { range } from "$/explain/shape";
import type { Explanation, Layer, Rule, Unit } from "$/explain/types";
import { covered, every, isInside, own, sourceOf, windowsOf, type Window } from "$/explain/window";

type Span = (position: number) => Sources;

/** Return the inputs of a window; what lies in the padding is left out. */
function inside(window: Window): Span {
  return (position) => {
    const places = covered(window, position).filter(isInside(window));
    return { places, from: places };
  };
}

/** Return a window with the zeros of its padding, and without what hangs over the padded edge. */
function withZeros(window: Window): Span {
  return (position) => {
    const places = covered(window, position).filter((place) => place < window.size + window.end);
    return { places, from: places.map((place) => sourceOf(place, window.size, "zeros")) };
  };
}

/** Return the spans of an adaptive pooling: from floor(i * n / m) to ceil((i + 1) * n / m) - 1. */
function even(size: number, places: number): Span {
  return (position) => {
    const first = Math.floor((position * size) / places);
    const from = range(first, Math.ceil(((position + 1) * size) / places) - first);
    return { places: from, from };
  };
}

type Spans = (layer: Layer) => readonly [Span, Span];

const windowed: Spans = (layer) => {
  const [rows, cols] = windowsOf(layer, true);
  return [inside(rows), inside(cols)];
};

const averaged: Spans = (layer) => {
  const same = wordOf(layer.settings, "padding", "") !== "";
  if (same || !flagOf(layer.settings, "count_include_pad", true)) return windowed(layer);
  const [rows, cols] = windowsOf(layer, true);
  return [withZeros(rows), withZeros(cols)];
};

const adaptive: Spans = (layer) => {
  const [input] = layer.inputs;
  const size = [layer.output.height, layer.output.width] as const;
  const [rows, cols] = pairOf(layer.settings, "output_size", size);
  return [even(input?.height ?? 1, rows), even(input?.width ?? 1, cols)];
};

/** Windows that touch without overlapping. */
const subsampled: Spans = (layer) => {
  const [rows, cols] = windowsOf(layer, true);
  return [inside(rows), inside(cols)];
};

function mean(unit: Unit, [rows, cols]: readonly [Span, Span]): Explanation {
  const high = rows(unit.row);
  const wide = cols(unit.col);
  const count = high.from.length * wide.from.length;
  const { terms, layout } = windowTerms(unit, [unit.channel], high, wide, () => 1 / count);
  const quantities = [{ name: "count", symbol: "n", value: count }] as const;
  return summed(terms, null, "y = (Σ x) / n", { layout, quantities });
}

function maximum(unit: Unit, [rows, cols]: readonly [Span, Span]): Explanation {
  const high = rows(unit.row);
  const { terms, layout } = windowTerms(unit, [unit.channel], high, cols(unit.col), () => 1);
  return largest(terms, "y = max x", layout);
}

function rule(
  spans: Spans,
  explain: (unit: Unit, spans: readonly [Span, Span]) => Explanation,
): Rule {
  return {
    explain: (unit) => explain(unit, spans(unit)),
    geometry: (layer) => {
      const [rows, cols] = spans(layer);
      const reads = (span: Span) => (position: number) =>
        span(position).from.filter((source) => source >= 0);
      return { channels: own, rows: reads(rows), cols: reads(cols) };
    },
  };
}

function ofWholeMaps(explain: Rule["explain"]): Rule {
  return {
    explain,
    geometry: (layer) => ({
      channels: own,
      rows: every(layer.inputs[0]?.height ?? 1),
      cols: every(layer.inputs[0]?.width ?? 1),
    }),
  };
}

export const maxPool2d = rule(windowed, maximum);
export const avgPool2d = rule(averaged, mean);
export const adaptiveMaxPool2d = rule(adaptive, maximum);
export const adaptiveAvgPool2d = rule(adaptive, mean);
export const globalMaxPool2d = ofWholeMaps((unit) => maximum(unit, adaptive(unit)));
export const globalAvgPool2d = ofWholeMaps((unit) => mean(unit, adaptive(unit)));

/** a * (sum of the window) + b, with one a and one b for each channel. */
export const trainableSubsample2d = rule(subsampled, (unit, [rows, cols]) => {
  const scale = weightAt(unit, "weight", unit.channel);
  const [high, wide] = [rows(unit.row), cols(unit.col)];
  const { terms, layout } = windowTerms(unit, [unit.channel], high, wide, () => scale);
  return summed(terms, weightAt(unit, "bias", unit.channel), "y = b + a · Σ x", { layout });
});

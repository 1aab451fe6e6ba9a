/** Pooling over windows, over whole maps, and to a chosen size. */

import {
  constant,
  flagOf,
  maps,
  type Fields,
  type Operation,
  type Rule,
  type Shape,
  type Site,
} from "$/engine/layers/rule";
import { outputSize, pair, windowOf, type Window } from "$/engine/windows";

/** The inputs of each output along an axis: (first, count), `step` apart; total cells for a mean. */
interface Spans {
  readonly ranges: readonly (readonly [first: number, count: number])[];
  readonly step: number;
  /** Cells of each window that a mean divides by. */
  readonly cells: readonly number[];
}

function windowed(size: number, window: Window, ceil: boolean, counted: boolean): Spans {
  const outputs = outputSize(size, window, ceil);
  const list = Array.from({ length: outputs }, (_, i) => {
    const start = i * window.stride - window.padding;
    const places = Array.from({ length: window.kernel }, (_, t) => start + t * window.dilation);
    const inside = places.filter((place) => place >= 0 && place < size);
    // what hangs over the padded edge is never counted
    const padded = Math.min(start + window.kernel, size + window.padding) - start;
    return {
      range: [inside[0] ?? 0, inside.length] as const,
      cells: counted ? padded : inside.length,
    };
  });
  return {
    ranges: list.map(({ range }) => range),
    step: window.dilation,
    cells: list.map(({ cells }) => cells),
  };
}

/** Windows from floor(i * size / places) to ceil((i + 1) * size / places). */
function even(size: number, places: number): Spans {
  const ranges = Array.from({ length: places }, (_, i) => {
    const first = Math.floor((i * size) / places);
    return [first, Math.ceil(((i + 1) * size) / places) - first] as const;
  });
  return { ranges, step: 1, cells: ranges.map(([, count]) => count) };
}

type Axes = readonly [rows: Spans, cols: Spans];
type AxesOf = (fields: Fields, inputs: readonly Shape[]) => Axes;

function slidingAxes(fields: Fields, inputs: readonly Shape[]): Axes {
  const [, height, width] = maps(inputs);
  const [kh, kw] = pair(fields["kernel_size"]);
  const [sh, sw] = pair(fields["stride"] ?? fields["kernel_size"]);
  const [dh, dw] = pair(fields["dilation"] ?? 1);
  const padding = fields["padding"] ?? 0;
  const same = typeof padding === "string";
  const [ph, pw] = same ? [padding, padding] : pair(padding);
  const ceil = flagOf(fields, "ceil_mode", false) && !same;
  const counted = flagOf(fields, "count_include_pad", true) && !same;
  return [
    windowed(height, windowOf(height, kh, sh, ph, dh), ceil, counted),
    windowed(width, windowOf(width, kw, sw, pw, dw), ceil, counted),
  ];
}

function wholeAxes(_fields: Fields, inputs: readonly Shape[]): Axes {
  const [, height, width] = maps(inputs);
  return [even(height, 1), even(width, 1)];
}

function adaptiveAxes(fields: Fields, inputs: readonly Shape[]): Axes {
  const [, height, width] = maps(inputs);
  const [rows, cols] = pair(fields["output_size"]);
  return [even(height, rows), even(width, cols)];
}

function pooledShape(axes: AxesOf): Rule["shape"] {
  return (fields, inputs) => {
    const [rows, cols] = axes(fields, inputs);
    return [maps(inputs)[0], rows.ranges.length, cols.ranges.length];
  };
}

/** Descriptor of `web/kernels/pool.ts`; `places` is memory for the places of maxima, or 0. */
function describe(
  site: Site,
  [rows, cols]: Axes,
  places: number,
  factors: readonly number[],
  y: number,
): number {
  const { arena, batch } = site;
  const [channels, height, width] = maps(site.inputs);
  const list = arena.take(4 * factors.length);
  arena.floats(list, factors.length).set(factors);
  return arena.table([
    ...[site.x[0] ?? 0, y, places, channels, batch, 4 * height * width * batch, 4 * width * batch],
    ...[
      rows.ranges.length,
      cols.ranges.length,
      arena.table(rows.ranges.flat()),
      arena.table(cols.ranges.flat()),
    ],
    ...[rows.step, cols.step, list],
  ]);
}

function inputBytes(site: Site): number {
  const [channels, height, width] = maps(site.inputs);
  return 4 * channels * height * width * site.batch;
}

function outputBytes(site: Site): number {
  return 4 * site.batch * site.output.reduce((a, b) => a * b, 1);
}

function maxRule(axes: AxesOf): Rule {
  return {
    shape: pooledShape(axes),
    plan(site) {
      const { kernels, arena } = site;
      const d = describe(
        site,
        axes(site.fields, site.inputs),
        arena.take(outputBytes(site)),
        [],
        site.y,
      );
      const bytes = inputBytes(site);
      return {
        forward: () => kernels.maxPool(d),
        backward(dy, dx) {
          if (!dx[0]) return;
          kernels.zero(dx[0], bytes);
          kernels.maxPoolBack(d, dy, dx[0]);
        },
      };
    },
  };
}

function averaged(site: Site, axes: Axes, factor: (cells: number) => number, y: number): Operation {
  const { kernels } = site;
  const [rows, cols] = axes;
  const factors = rows.cells.flatMap((down) => cols.cells.map((across) => factor(down * across)));
  const d = describe(site, axes, 0, factors, y);
  const bytes = inputBytes(site);
  return {
    forward: () => kernels.avgPool(d),
    backward(dy, dx) {
      if (!dx[0]) return;
      kernels.zero(dx[0], bytes);
      kernels.avgPoolBack(d, dy, dx[0]);
    },
  };
}

function avgRule(axes: AxesOf): Rule {
  return {
    shape: pooledShape(axes),
    plan: (site) => averaged(site, axes(site.fields, site.inputs), (cells) => 1 / cells, site.y),
  };
}

export const MaxPool2d = maxRule(slidingAxes);
export const AvgPool2d = avgRule(slidingAxes);
export const GlobalMaxPool2d = maxRule(wholeAxes);
export const GlobalAvgPool2d = avgRule(wholeAxes);
export const AdaptiveMaxPool2d = maxRule(adaptiveAxes);
export const AdaptiveAvgPool2d = avgRule(adaptiveAxes);

/** Sums of windows that do not overlap, scaled and shifted per channel. */
export const TrainableSubsample2d: Rule = {
  shape: pooledShape(slidingAxes),
  parameters(fields, inputs) {
    const [channels] = maps(inputs);
    const [kh, kw] = pair(fields["kernel_size"]);
    return [constant("weight", [channels], 1 / (kh * kw)), constant("bias", [channels], 0)];
  },
  plan(site) {
    const { kernels, arena } = site;
    const bytes = outputBytes(site);
    const sums = arena.take(bytes);
    const gradient = arena.take(bytes);
    const pool = averaged(site, slidingAxes(site.fields, site.inputs), () => 1, sums);
    const a = site.parameter("weight");
    const b = site.parameter("bias");
    const [channels] = maps([site.output]);
    const of = bytes / channels;
    return {
      forward(training) {
        pool.forward(training);
        kernels.scale(sums, site.y, a.at, b.at, channels, of);
      },
      backward(dy, dx) {
        kernels.scaleBack(sums, dy, gradient, a.at, a.gradient, b.gradient, channels, of);
        pool.backward(gradient, dx);
      },
    };
  },
};

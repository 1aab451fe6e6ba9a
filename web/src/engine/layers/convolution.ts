/** Convolutions and linear layers: one matrix product over tables of offsets. */

import {
  bytesOf,
  countOf,
  features,
  flagOf,
  maps,
  type Fields,
  type Operation,
  type ParameterSpec,
  type Rule,
  type Shape,
  type Site,
} from "$/engine/layers/rule";
import { biases, linkedWeights, weights, type Fans } from "$/engine/initialise";
import { engineError } from "$/engine/problem";
import {
  classesOf,
  outputSize,
  pair,
  reversed,
  taps,
  windowOf,
  type Tap,
  type Window,
} from "$/engine/windows";

/** A convolution as numbers. Channels are those of one group. */
interface Geometry {
  readonly groups: number;
  readonly channels: number;
  readonly outs: number;
  readonly rows: Window;
  readonly cols: Window;
  readonly input: readonly [number, number];
  readonly output: readonly [number, number];
}

interface Product {
  readonly x: number;
  readonly weights: number;
  readonly bias: number;
  readonly y: number;
  /** Of a group. */
  readonly outs: number;
  readonly sources: number;
  readonly groups: number;
  /** Taps of each output row and column. */
  readonly rows: readonly (readonly Tap[])[];
  readonly cols: readonly (readonly Tap[])[];
  /** Rows and columns of the source. */
  readonly source: readonly [number, number];
  readonly window: readonly [number, number];
}

/** Write the descriptor and the tables of `product`; see `web/kernels/product.ts`. */
function describe(site: Site, p: Product): number {
  const { arena, batch } = site;
  const place = 4 * batch;
  const [height, width] = p.source;
  const window = p.window[0] * p.window[1];
  const rows = classesOf(p.rows);
  const cols = classesOf(p.cols);
  const entries: number[] = [];
  for (const above of rows.patterns)
    for (const beside of cols.patterns) {
      const table: number[] = [];
      for (let c = 0; c < p.sources; c++)
        for (const [u, i] of above)
          for (const [v, j] of beside)
            table.push(
              ((c * height + i) * width + j) * place,
              16 * (c * window + u * p.window[1] + v),
            );
      const at = arena.table(table);
      entries.push(at, at + 4 * table.length);
    }
  return arena.table([
    p.x,
    p.weights,
    p.bias,
    p.y,
    p.outs,
    p.groups,
    batch,
    p.rows.length,
    p.cols.length,
    arena.table(rows.classes),
    arena.table(rows.starts.map((start) => start * width * place)),
    arena.table(cols.classes),
    arena.table(cols.starts.map((start) => start * place)),
    arena.table(entries),
    cols.patterns.length,
    p.sources * height * width * place,
    p.sources * window,
  ]);
}

const POINT: Window = { kernel: 1, stride: 1, padding: 0, dilation: 1, end: 0 };

/**
 * The same convolution in a simpler form. A window of one number that visits every position need
 * not tell rows apart; one that covers the whole input is a linear layer.
 */
function simplified(g: Geometry): Geometry {
  const unpadded = [g.rows, g.cols].every(({ padding, end }) => padding === 0 && end === 0);
  if (!unpadded) return g;
  const places = g.input[0] * g.input[1];
  const windows = [g.rows, g.cols];
  if (windows.every(({ kernel, stride }) => kernel === 1 && stride === 1))
    return { ...g, input: [1, places], output: [1, places] };
  const whole = windows.every(({ kernel, dilation }, i) => kernel === g.input[i] && dilation === 1);
  if (!whole) return g;
  const single = [1, 1] as const;
  return {
    ...g,
    channels: g.channels * places,
    rows: POINT,
    cols: POINT,
    input: single,
    output: single,
  };
}

function planned(site: Site, whole: Geometry, bias: boolean): Operation {
  const g = simplified(whole);
  const { kernels, arena, batch } = site;
  const weight = site.parameter("weight");
  const shift = bias ? site.parameter("bias") : { at: 0, gradient: 0 };
  const window = g.rows.kernel * g.cols.kernel;
  const numbers = g.groups * g.outs * g.channels * window;
  const packed = arena.take(4 * numbers);
  const x = site.x[0] ?? 0;
  const lists = {
    rows: taps(g.input[0], g.output[0], g.rows),
    cols: taps(g.input[1], g.output[1], g.cols),
  };
  const shared = { groups: g.groups, window: [g.rows.kernel, g.cols.kernel] as const };
  const forward = describe(site, {
    ...{ ...shared, x, weights: packed, bias: shift.at, y: site.y },
    ...{ outs: g.outs, sources: g.channels, ...lists, source: g.input },
  });
  // addresses of both gradients follow in `backward`
  const toInput = describe(site, {
    ...{ ...shared, x: 0, weights: packed, bias: 0, y: 0, outs: g.channels, sources: g.outs },
    rows: reversed(g.input[0], g.output[0], g.rows),
    cols: reversed(g.input[1], g.output[1], g.cols),
    source: g.output,
  });
  const scratch = arena.take(128 * window + 8 * g.cols.kernel);
  const toWeights = arena.table([
    ...[x, 0, weight.gradient, g.outs, g.channels, g.groups, batch, ...g.input, ...g.output],
    ...[g.rows.kernel, g.cols.kernel, g.rows.stride, g.cols.stride, g.rows.padding, g.cols.padding],
    ...[g.rows.dilation, g.cols.dilation, scratch],
  ]);
  const rows = g.groups * g.outs;
  const places = g.output[0] * g.output[1];
  const isLinear = places === 1 && window === 1 && g.groups === 1 && g.input[0] * g.input[1] === 1;
  return {
    forward() {
      kernels.packRows(weight.at, packed, g.groups, g.outs, g.channels * window);
      kernels.product(forward);
    },
    backward(dy, dx) {
      arena.integers(toWeights, 2)[1] = dy;
      if (isLinear) kernels.linearGradient(x, dy, weight.gradient, g.outs, g.channels, 4 * batch);
      else kernels.weightGradient(toWeights);
      if (shift.at) kernels.biasGradient(dy, shift.gradient, rows, places * batch);
      const target = dx[0] ?? 0;
      if (!target) return;
      kernels.packChannels(weight.at, packed, g.groups, g.outs, g.channels, window);
      const descriptor = arena.integers(toInput, 4);
      descriptor[0] = dy;
      descriptor[3] = target;
      kernels.product(toInput);
    },
  };
}

function geometry(
  fields: Fields,
  inputs: readonly Shape[],
  outs: number,
  groups: number,
): Geometry {
  const [channels, height, width] = maps(inputs);
  const [kh, kw] = pair(fields["kernel_size"]);
  const [sh, sw] = pair(fields["stride"] ?? 1);
  const [dh, dw] = pair(fields["dilation"] ?? 1);
  const padding = fields["padding"] ?? 0;
  const [ph, pw] = typeof padding === "string" ? [padding, padding] : pair(padding);
  const rows = windowOf(height, kh, sh, ph, dh);
  const cols = windowOf(width, kw, sw, pw, dw);
  if (channels % groups || outs % groups) throw engineError("engine.groups", { channels, groups });
  return {
    ...{ groups, channels: channels / groups, outs: outs / groups, rows, cols },
    input: [height, width],
    output: [outputSize(height, rows), outputSize(width, cols)],
  };
}

function conv(fields: Fields, inputs: readonly Shape[]): Geometry {
  const mode = fields["padding_mode"] ?? "zeros";
  const g = geometry(
    fields,
    inputs,
    countOf(fields, "out_channels", 1),
    countOf(fields, "groups", 1, 1),
  );
  const padded = [g.rows, g.cols].some((window) => window.padding || window.end);
  if (mode !== "zeros" && padded) throw engineError("engine.paddingMode", { mode: String(mode) });
  return g;
}

export const Conv2d: Rule = {
  shape(fields, inputs) {
    const g = conv(fields, inputs);
    return [g.groups * g.outs, ...g.output];
  },
  parameters(fields, inputs) {
    const g = conv(fields, inputs);
    const window = g.rows.kernel * g.cols.kernel;
    const fans = { into: g.channels * window, out: g.outs * window };
    const shape = [g.groups * g.outs, g.channels, g.rows.kernel, g.cols.kernel];
    const bias = biases(Array.from({ length: g.groups * g.outs }, () => fans.into));
    return [weights(shape, fans), ...(flagOf(fields, "bias", true) ? [bias] : [])];
  },
  plan: (site) => planned(site, conv(site.fields, site.inputs), flagOf(site.fields, "bias", true)),
};

/** The input channels that each output channel reads. */
function tableOf(fields: Fields): number[][] {
  const table = fields["table"];
  if (Array.isArray(table) && table.every((row) => Array.isArray(row) && row.length)) return table;
  throw engineError("engine.number", { name: "table", value: JSON.stringify(table) ?? "-" });
}

function partial(fields: Fields, inputs: readonly Shape[]): Geometry {
  const table = tableOf(fields);
  const [channels] = maps(inputs);
  const highest = Math.max(...table.flat());
  if (!(highest < channels)) throw engineError("engine.groups", { channels, groups: highest });
  return geometry(fields, inputs, table.length, 1);
}

/** Only the kernels of the table are parameters; between them the engine keeps zeros. */
function linked(fields: Fields, inputs: readonly Shape[]): ParameterSpec {
  const g = partial(fields, inputs);
  const table = tableOf(fields);
  const window = g.rows.kernel * g.cols.kernel;
  const links = table.flatMap((row, k) => row.map((c) => [k, c] as const));
  const of = Int32Array.from(
    links.flatMap(([k, c]) =>
      Array.from({ length: window }, (_, t) => (k * g.channels + c) * window + t),
    ),
  );
  const numbers = links.length * window;
  const fans: Fans = { into: numbers / table.length, out: numbers / g.channels };
  return {
    name: "weight",
    shape: [links.length, g.rows.kernel, g.cols.kernel],
    decays: true,
    places: { size: g.outs * g.channels * window, of },
    fill: linkedWeights(
      table.map((row) => row.length),
      links.map(([k]) => k),
      window,
      fans,
    ),
  };
}

export const PartialConv2d: Rule = {
  shape(fields, inputs) {
    const g = partial(fields, inputs);
    return [g.outs, ...g.output];
  },
  parameters(fields, inputs) {
    const g = partial(fields, inputs);
    const window = g.rows.kernel * g.cols.kernel;
    const bias = biases(tableOf(fields).map((row) => row.length * window));
    return [linked(fields, inputs), ...(flagOf(fields, "bias", true) ? [bias] : [])];
  },
  plan: (site) =>
    planned(site, partial(site.fields, site.inputs), flagOf(site.fields, "bias", true)),
};

function linear(fields: Fields, inputs: readonly Shape[]): Geometry {
  const outs = countOf(fields, "out_features", 1);
  const flat = [1, 1] as const;
  return {
    groups: 1,
    channels: features(inputs),
    outs,
    rows: POINT,
    cols: POINT,
    input: flat,
    output: flat,
  };
}

export const Linear: Rule = {
  shape: (fields, inputs) => [linear(fields, inputs).outs],
  parameters(fields, inputs) {
    const { outs, channels } = linear(fields, inputs);
    const bias = biases(Array.from({ length: outs }, () => channels));
    const weight = weights([outs, channels], { into: channels, out: outs });
    return [weight, ...(flagOf(fields, "bias", true) ? [bias] : [])];
  },
  plan: (site) =>
    planned(site, linear(site.fields, site.inputs), flagOf(site.fields, "bias", true)),
};

export const EuclideanRBF: Rule = {
  shape(fields, inputs) {
    const centres = centresOf(fields);
    const width = centres[0]?.length ?? 0;
    if (features(inputs) !== width)
      throw engineError("engine.shape", { shape: features(inputs), expected: width });
    return [centres.length];
  },
  plan(site) {
    const { kernels, arena, batch } = site;
    const centres = centresOf(site.fields);
    const from = features(site.inputs);
    const w = arena.take(4 * centres.length * from);
    arena.floats(w, centres.length * from).set(centres.flat());
    const x = site.x[0] ?? 0;
    const bytes = bytesOf([1], batch);
    return {
      forward: () => kernels.distances(x, w, site.y, from, centres.length, bytes),
      backward(dy, dx) {
        if (dx[0]) kernels.distancesBack(x, w, dy, dx[0], from, centres.length, bytes);
      },
    };
  },
};

function centresOf(fields: Fields): number[][] {
  const centres = fields["centres"];
  if (Array.isArray(centres) && centres.length && centres.every(Array.isArray)) return centres;
  throw engineError("engine.number", { name: "centres", value: JSON.stringify(centres) ?? "-" });
}

/** Normalisation, and scales of channels. */

import {
  constant,
  flagOf,
  maps,
  numberOf,
  only,
  type Fields,
  type Rule,
} from "$/engine/layers/rule";
import { countOf } from "$/engine/layers/rule";

export const BatchNorm2d: Rule = {
  shape: (_fields, inputs) => maps(inputs),
  parameters(fields, inputs) {
    const [channels] = maps(inputs);
    if (!flagOf(fields, "affine", true)) return [];
    return [constant("weight", [channels], 1), constant("bias", [channels], 0)];
  },
  buffers(_fields, inputs) {
    const [channels] = maps(inputs);
    return [
      { name: "running_mean", size: channels, value: 0 },
      { name: "running_var", size: channels, value: 1 },
      { name: "num_batches_tracked", size: 0, value: 0 },
    ];
  },
  plan(site) {
    const { kernels, arena, batch, fields } = site;
    const [channels, height, width] = maps(site.inputs);
    const eps = numberOf(fields, "eps", 1e-5);
    const momentum = numberOf(fields, "momentum", 0.1);
    const spare = arena.take(4 * channels);
    const none = { at: 0, gradient: spare };
    const affine = flagOf(fields, "affine", true);
    const [gamma, beta] = affine
      ? [site.parameter("weight"), site.parameter("bias")]
      : [none, none];
    const d = arena.table([
      ...[site.x[0] ?? 0, site.y, channels, height * width, batch, batch, gamma.at, beta.at],
      ...[site.buffer("running_mean"), site.buffer("running_var")],
      ...[arena.take(4 * channels), arena.take(4 * channels)],
    ]);
    return {
      forward(training) {
        if (!training) return kernels.batchNormFixed(d, eps);
        arena.integers(d, 6)[5] = site.count();
        kernels.batchNorm(d, eps, momentum);
      },
      backward: (dy, dx) => kernels.batchNormBack(d, dy, dx[0] ?? 0, gamma.gradient, beta.gradient),
    };
  },
};

/** Strength of the sum: the paper's alpha, or torch's divided by the size. */
function strength(fields: Fields): number {
  const alpha = numberOf(fields, "alpha", 1e-4);
  return fields["alpha_per"] === "mean" ? alpha / countOf(fields, "size", 1, 5) : alpha;
}

export const LocalResponseNorm: Rule = {
  shape: (_fields, inputs) => maps(inputs),
  plan(site) {
    const { kernels, arena, batch, fields } = site;
    const [channels, height, width] = maps(site.inputs);
    const bytes = 4 * height * width * batch;
    const base = arena.take(bytes * channels);
    const x = site.x[0] ?? 0;
    const of = countOf(fields, "size", 1, 5);
    const span = [Math.floor(of / 2), Math.floor((of - 1) / 2)] as const;
    const a = strength(fields);
    const beta = numberOf(fields, "beta", 0.75);
    const k = numberOf(fields, "k", 2);
    return {
      forward: () => kernels.responseNorm(x, site.y, base, channels, bytes, ...span, a, beta, k),
      backward(dy, dx) {
        if (dx[0])
          kernels.responseNormBack(x, site.y, base, dy, dx[0], channels, bytes, ...span, a, beta);
      },
    };
  },
};

export const LayerScale: Rule = {
  shape: (_fields, inputs) => maps(inputs),
  parameters: (fields, inputs) => [
    constant("weight", [only(inputs)[0] ?? 1], numberOf(fields, "init", 1e-6)),
  ],
  plan(site) {
    const { kernels, batch } = site;
    const [channels, height, width] = maps(site.inputs);
    const bytes = 4 * height * width * batch;
    const weight = site.parameter("weight");
    const x = site.x[0] ?? 0;
    return {
      forward: () => kernels.scale(x, site.y, weight.at, 0, channels, bytes),
      backward: (dy, dx) =>
        kernels.scaleBack(x, dy, dx[0] ?? 0, weight.at, weight.gradient, 0, channels, bytes),
    };
  },
};

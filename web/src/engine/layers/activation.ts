/** Functions of one number, and PReLU. */

import {
  bytesOf,
  constant,
  flagOf,
  numberOf,
  only,
  size,
  type Fields,
  type Rule,
  type Shape,
} from "$/engine/layers/rule";

/** Codes of `web/kernels/activation.ts`. */
type Code = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11;

interface Function {
  readonly code: (fields: Fields) => Code;
  readonly constants?: (fields: Fields) => readonly [a: number, b: number];
  readonly ends?: (fields: Fields) => readonly [number, number];
}

function pointwise({ code, constants, ends }: Function): Rule {
  return {
    shape: (_fields, inputs) => only(inputs),
    ...(ends ? { ends } : {}),
    plan(site) {
      const { kernels, batch, fields } = site;
      const x = site.x[0] ?? 0;
      const bytes = bytesOf(site.output, batch);
      const number = code(fields);
      const [a, b] = constants?.(fields) ?? [0, 0];
      return {
        forward: () => kernels.activate(number, x, site.y, bytes, a, b),
        backward(dy, dx) {
          if (dx[0]) kernels.activateBack(number, x, site.y, dy, dx[0], bytes, a, b);
        },
      };
    },
  };
}

const unit = (): readonly [number, number] => [0, 1];
const amplitude = (fields: Fields): number => numberOf(fields, "amplitude", 1.7159);

export const ReLU = pointwise({ code: () => 0 });
export const ReLU6 = pointwise({ code: () => 1, ends: () => [0, 6] });
export const LeakyReLU = pointwise({
  code: () => 2,
  constants: (fields) => [numberOf(fields, "negative_slope", 0.01), 0],
});
export const ELU = pointwise({
  code: () => 3,
  constants: (fields) => [numberOf(fields, "alpha", 1), 0],
});
export const GELU = pointwise({ code: (fields) => (fields["approximate"] === "tanh" ? 5 : 4) });
export const SiLU = pointwise({ code: () => 6 });
export const Hardswish = pointwise({ code: () => 7 });
export const Tanh = pointwise({ code: () => 8, ends: () => [-1, 1] });
export const ScaledTanh = pointwise({
  code: () => 9,
  constants: (fields) => [amplitude(fields), numberOf(fields, "slope", 2 / 3)],
  ends: (fields) => [-amplitude(fields), amplitude(fields)],
});
export const Sigmoid = pointwise({ code: () => 10, ends: unit });
export const Hardsigmoid = pointwise({ code: () => 11, ends: unit });

/** Channels, or features, and positions of each. */
function split(shape: Shape): readonly [number, number] {
  const channels = shape[0] ?? 1;
  return [channels, size(shape) / channels];
}

export const PReLU: Rule = {
  shape: (_fields, inputs) => only(inputs),
  parameters(fields, inputs) {
    const slopes = flagOf(fields, "per_channel", false) ? (only(inputs)[0] ?? 1) : 1;
    return [constant("weight", [slopes], numberOf(fields, "init", 0.25))];
  },
  plan(site) {
    const { kernels, batch } = site;
    const [channels, places] = split(site.output);
    const step = flagOf(site.fields, "per_channel", false) ? 4 : 0;
    const weight = site.parameter("weight");
    const x = site.x[0] ?? 0;
    const bytes = 4 * places * batch;
    return {
      forward: () => kernels.prelu(x, site.y, weight.at, step, channels, bytes),
      backward(dy, dx) {
        kernels.zero(weight.gradient, 4 * (step ? channels : 1));
        kernels.preluBack(x, dy, dx[0] ?? 0, weight.at, weight.gradient, step, channels, bytes);
      },
    };
  },
};

export const Softmax: Rule = {
  shape: (_fields, inputs) => only(inputs),
  plan(site) {
    const { kernels, batch } = site;
    const [channels, places] = split(site.output);
    const bytes = 4 * places * batch;
    return {
      forward: () => kernels.softmax(site.x[0] ?? 0, site.y, channels, bytes),
      backward(dy, dx) {
        if (dx[0]) kernels.softmaxBack(site.y, dy, dx[0], channels, bytes);
      },
    };
  },
};

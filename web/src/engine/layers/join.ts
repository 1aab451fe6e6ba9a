/** Compositions that join branches. */

import { engineError } from "$/engine/problem";
import { bytesOf, maps, only, size, type Rule, type Shape } from "$/engine/layers/rule";

const text = (shapes: readonly Shape[]): string =>
  shapes.map((shape) => shape.join(" x ")).join(", ");
const equal = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((n, i) => n === b[i]);

export const Concat: Rule = {
  shape(_fields, inputs) {
    const [, height, width] = maps(inputs);
    if (inputs.some((shape) => shape.length !== 3 || shape[1] !== height || shape[2] !== width))
      throw engineError("engine.branches", { shapes: text(inputs) });
    return [inputs.reduce((sum, shape) => sum + (shape[0] ?? 0), 0), height, width];
  },
  plan(site) {
    const { kernels, batch } = site;
    const bytes = site.inputs.map((shape) => bytesOf(shape, batch));
    const starts = bytes.map((_, i) => bytes.slice(0, i).reduce((a, b) => a + b, 0));
    const each = (act: (i: number, start: number, bytes: number) => void): void =>
      bytes.forEach((count, i) => act(i, starts[i] ?? 0, count));
    return {
      forward: () => each((i, start, count) => kernels.copy(site.x[i] ?? 0, site.y + start, count)),
      backward: (dy, dx) =>
        each((i, start, count) => {
          if (dx[i]) kernels.copy(dy + start, dx[i] ?? 0, count);
        }),
    };
  },
};

export const Residual: Rule = {
  shape(_fields, inputs) {
    const first = only(inputs);
    if (!inputs.every((shape) => equal(shape, first)))
      throw engineError("engine.branches", { shapes: text(inputs) });
    return first;
  },
  plan(site) {
    const { kernels, batch } = site;
    const bytes = bytesOf(site.output, batch);
    const [body = 0, shortcut = 0] = site.x;
    return {
      forward: () => kernels.add(body, shortcut, site.y, bytes),
      backward(dy, dx) {
        for (const target of dx) if (target) kernels.copy(dy, target, bytes);
      },
    };
  },
};

export const Gate: Rule = {
  shape(_fields, inputs) {
    const [body = [], by = []] = inputs;
    const one = body.length === 3 && equal(by, [body[0] ?? 0, 1, 1]);
    if (!one && !equal(body, by)) throw engineError("engine.branches", { shapes: text(inputs) });
    return body;
  },
  plan(site) {
    const { kernels, batch } = site;
    const units = size(site.inputs[1] ?? []);
    const places = size(site.output) / units;
    const [body = 0, by = 0] = site.x;
    return {
      forward: () => kernels.gate(body, by, site.y, units, places, 4 * batch),
      backward(dy, dx) {
        const [toBody = 0, toGate = 0] = dx;
        if (toBody) kernels.gate(dy, by, toBody, units, places, 4 * batch);
        if (toGate) kernels.gateBack(body, dy, toGate, units, places, 4 * batch);
      },
    };
  },
};

/** One step of an optimiser, as PyTorch computes it. */

import type { Kernels } from "$/engine/wasm/kernels";
import type { Parameters } from "$/engine/parameters";
import type { Optimiser } from "$/engine/types";

/** A piece of the parameters that share a weight decay. */
interface Piece {
  readonly w: number;
  readonly g: number;
  readonly first: number;
  readonly second: number;
  readonly bytes: number;
  readonly decay: number;
}

type Step<O> = (kernels: Kernels, piece: Piece, optimiser: O, rate: number, step: number) => void;
type Of<T extends Optimiser["type"]> = Extract<Optimiser, { type: T }>;

const sgd: Step<Of<"SGD">> = (kernels, p, { momentum, nesterov }, rate) =>
  kernels.sgd(p.w, p.g, p.first, p.bytes, rate, momentum, Number(nesterov), p.decay);

const adam: Step<Of<"Adam" | "AdamW">> = (kernels, p, { type, betas, eps }, rate, step) => {
  const [beta1, beta2] = betas;
  const size = rate / (1 - beta1 ** step);
  const root = 1 / Math.sqrt(1 - beta2 ** step);
  const settings = [rate, beta1, beta2, eps, p.decay, Number(type === "Adam"), size, root];
  kernels.adam(p.w, p.g, p.first, p.second, p.bytes, ...settings);
};

const adadelta: Step<Of<"Adadelta">> = (kernels, p, { rho, eps }, rate) =>
  kernels.adadelta(p.w, p.g, p.first, p.second, p.bytes, rate, rho, eps, p.decay);

function apply(
  kernels: Kernels,
  piece: Piece,
  optimiser: Optimiser,
  rate: number,
  step: number,
): void {
  switch (optimiser.type) {
    case "SGD":
      return sgd(kernels, piece, optimiser, rate, step);
    case "Adam":
    case "AdamW":
      return adam(kernels, piece, optimiser, rate, step);
    case "Adadelta":
      return adadelta(kernels, piece, optimiser, rate, step);
  }
}

/** Change the weights by their gradients; `step` is counted from 1. */
export function optimise(
  kernels: Kernels,
  parameters: Parameters,
  optimiser: Optimiser,
  rate: number,
  step: number,
): void {
  const { weights, gradients, state, decayed, bytes } = parameters;
  const piece = (start: number, end: number, decay: number): Piece => ({
    ...{
      w: weights + start,
      g: gradients + start,
      first: state[0] + start,
      second: state[1] + start,
    },
    ...{ bytes: end - start, decay },
  });
  apply(kernels, piece(0, decayed, optimiser.weight_decay), optimiser, rate, step);
  apply(kernels, piece(decayed, bytes, 0), optimiser, rate, step);
}

/** The kernels in WebAssembly; their sources are in `web/kernels/`. */

import { plain, relaxed } from "virtual:kernels";
import { engineError } from "$/engine/problem";

type Run = (...numbers: number[]) => void;

/** Names and meanings as in `web/kernels/`. */
export interface Kernels {
  product(descriptor: number): void;
  packRows(w: number, packed: number, groups: number, rows: number, taps: number): void;
  packChannels: Run;
  weightGradient(descriptor: number): void;
  linearGradient(
    x: number,
    dy: number,
    dw: number,
    outs: number,
    channels: number,
    bytes: number,
  ): void;
  biasGradient(dy: number, db: number, rows: number, places: number): void;
  activate: Run;
  activateBack: Run;
  scale: Run;
  scaleBack: Run;
  prelu: Run;
  preluBack: Run;
  batchNorm(descriptor: number, eps: number, momentum: number): void;
  batchNormFixed(descriptor: number, eps: number): void;
  batchNormBack: Run;
  responseNorm: Run;
  responseNormBack: Run;
  softmax(x: number, y: number, channels: number, bytes: number): void;
  softmaxBack: Run;
  distances: Run;
  distancesBack: Run;
  gate: Run;
  gateBack: Run;
  maxPool(descriptor: number): void;
  maxPoolBack(descriptor: number, dy: number, dx: number): void;
  avgPool(descriptor: number): void;
  avgPoolBack(descriptor: number, dy: number, dx: number): void;
  interleave: Run;
  crossEntropy: Run;
  sgd: Run;
  adam: Run;
  adadelta: Run;
  dropoutMask(mask: number, bytes: number, p: number, seed: number): void;
  multiply(a: number, b: number, y: number, bytes: number, period: number): void;
  add(a: number, b: number, y: number, bytes: number): void;
  copy(from: number, to: number, bytes: number): void;
  zero(at: number, bytes: number): void;
  move: Run;
  squares(at: number, bytes: number): number;
}

function decode(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** Return whether this browser computes with vectors of four numbers in WebAssembly. */
export function hasSimd(): boolean {
  return typeof WebAssembly === "object" && WebAssembly.validate(decode(plain));
}

/** Return whether it has fused multiply-add. */
export function hasRelaxedSimd(): boolean {
  return typeof WebAssembly === "object" && WebAssembly.validate(decode(relaxed));
}

export async function loadKernels(memory: WebAssembly.Memory, fused: boolean): Promise<Kernels> {
  if (!hasSimd()) throw engineError("engine.noSimd");
  const bytes = decode(fused && hasRelaxedSimd() ? relaxed : plain);
  const { instance } = await WebAssembly.instantiate(bytes, { env: { memory } });
  return instance.exports as unknown as Kernels;
}

/** Kernels of first layers: `kernels/NAME.bin` holds float16 values, (N, C, H, W). */

import { dataBytes, dataJson } from "$/figures/data";

export const SOURCES = ["trained", "random", "squeezenet"] as const;
export type SourceName = (typeof SOURCES)[number];

export interface Kernels {
  readonly shape: readonly [count: number, channels: number, rows: number, columns: number];
  readonly values: Float32Array;
}

export interface Facts {
  readonly steps: number;
  readonly photos: number;
  /** Shares of new crops that the network assigned right: to their photo, to their turn. */
  readonly photo: number;
  readonly turn: number;
}

interface Listed {
  readonly shapes: Readonly<Record<SourceName, Kernels["shape"]>>;
  readonly facts: Facts;
}

export async function readKernels(name: SourceName): Promise<Kernels & { readonly facts: Facts }> {
  const [listed, bytes] = await Promise.all([
    dataJson("kernels/kernels.json"),
    dataBytes(`kernels/${name}.bin`),
  ]);
  const { shapes, facts } = listed as Listed;
  return { shape: shapes[name], values: halves(bytes), facts };
}

/** Float16, little-endian. */
export function halves(bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: bytes.byteLength / 2 }, (_, k) =>
    half(view.getUint16(2 * k, true)),
  );
}

function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

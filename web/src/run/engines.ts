/** The engines: their files, what a browser needs for them, and their number of threads. */

import url, { size } from "onnxruntime-web/ort-wasm-simd-threaded.wasm?gzip";
import { failure } from "$/lang/failure";
import type { TabEngine } from "$/run/types";

/** The WebAssembly of an engine: its address, and its bytes when unpacked. */
export interface RuntimeFile {
  readonly url: string;
  readonly size: number;
}

/** Files of the engines; that of WebGPU is loaded when it is chosen. */
export const RUNTIMES: Readonly<Record<TabEngine, () => Promise<RuntimeFile>>> = {
  WebAssembly: () => Promise.resolve({ url, size }),
  // its 9 MB are not in the page that is one file
  WebGPU: async () =>
    import.meta.env.MODE === "single" ? { url: "", size: 0 } : (await import("$/run/webgpu")).file,
};

// a function that returns i8x16.popcnt(i8x16.splat(0)), which needs SIMD
const SIMD = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0],
  ...[10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11],
);

/** Check that the browser can run an engine; throws a failure. */
export function checkBrowser(): void {
  if (typeof WebAssembly !== "object") throw failure("run.noWebAssembly");
  if (!WebAssembly.validate(SIMD)) throw failure("run.noSimd");
  if (typeof Worker === "undefined") throw failure("run.oldBrowser");
}

interface Gpu {
  requestAdapter(): Promise<unknown>;
}

/** WebGPU's entrance, where the browser has one; whether there is a device, `hasWebGpu` says. */
const gpu = (): Gpu | undefined =>
  isSecureContext ? (navigator as Navigator & { gpu?: Gpu }).gpu : undefined;

export const offersWebGpu = (): boolean => gpu() !== undefined;

export async function hasWebGpu(): Promise<boolean> {
  const adapter = await gpu()
    ?.requestAdapter()
    .catch(() => null);
  return Boolean(adapter);
}

/** Threads for WebAssembly: 1 without cross-origin isolation. */
export function threadCount(requested?: number): number {
  if (!globalThis.crossOriginIsolated || typeof SharedArrayBuffer === "undefined") return 1;
  // half of the logical processors: the page, its drawing and the engine for training have the rest
  return requested ?? Math.min(4, Math.max(1, Math.ceil((navigator.hardwareConcurrency || 1) / 2)));
}

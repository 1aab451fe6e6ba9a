/** The WebAssembly with WebGPU, in a chunk of its own. */

import url, { size } from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?gzip";

export const file = { url, size };

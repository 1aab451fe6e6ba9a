/** Address of the WebAssembly with WebGPU, in a chunk of its own. */

import url from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?gzip";

export default url;

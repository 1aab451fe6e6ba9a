/** Loading and running the model: failures, progress, engines. */
export const run = {
  "run.download": "Loading the model: {part}",
  "run.start": "Starting ONNX Runtime …",
  "run.engine": "{name}",
  "run.engineThreads": "{name}, {threads} {threads|thread|threads}",
  "run.noWebAssembly":
    "This browser has no WebAssembly, or it is switched off. Use a current Chrome, Edge, Firefox or Safari.",
  "run.noSimd":
    "This browser's WebAssembly has no SIMD instructions, which ONNX Runtime needs. Update the browser: Chrome and Edge have them since 91, Firefox since 89, Safari since 16.4.",
  "run.oldBrowser":
    "This browser is too old for this page. Use Chrome or Edge from 92, Firefox from 114, or Safari from 16.4.",
  "run.noConnection":
    "{file} could not be loaded: the connection failed ({error}). Check that the server runs, then reload the page.",
  "run.noFile":
    "{file} is missing on the server. Copy the whole exported folder, then reload the page.",
  "run.truncated":
    "{file} is incomplete: the download was cut short, or the copy on the server is. Reload the page; if that does not help, copy the exported folder again.",
  "run.otherModel":
    "{file} is not the file that was exported with this page: its SHA-256 differs. Export the model again.",
  "run.damaged":
    "The model file is damaged and cannot be read. Copy it again, or export the model again.",
  "run.noGolden": "model.json has no valid test input and output. Export the model again.",
  "run.golden":
    "{engine} computes other probabilities for the test input than PyTorch did at export. Its predictions would be wrong, so it is not used.",
  "run.noRuntime":
    "The browser could not start ONNX Runtime: its WebAssembly file is damaged or blocked. Reload the page; if that does not help, copy the exported folder again.",
  "run.timeout": "ONNX Runtime did not start within 30 seconds. Reload the page.",
  "run.memory":
    "There is not enough memory for this model ({error}). Close other tabs, then reload the page.",
  "run.refused": "ONNX Runtime reports an error: {error}",
  "run.workerFailed": "The worker that runs the model stopped: {error}. Reload the page.",
  "run.closed": "The model was closed.",
  "run.noWebGpu": "This browser found no graphics processor for WebGPU. WebAssembly is used.",
  "run.noParameter": "The model file has no parameter {name} of 32-bit floating-point numbers.",
  "run.parameterSize": "{count} {count|value|values} for {name}, which has {expected}.",
  "run.noPlace":
    "{name} has {count} {count|number|numbers}, counted from 0; there is no number {place}.",
  "run.notFinite": "The values for {name} contain NaN or infinity. Enter finite numbers.",
  "run.noLayer": "The model file has no layer {name}.",
  "run.noChannel": "{name} has {count} channels, numbered from 0; there is no channel {channel}.",
  "run.unexpected": "An unexpected error: {error}. Reload the page.",
} as const;

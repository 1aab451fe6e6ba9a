/** Worker that holds ONNX Runtime, the bytes of the model, and its sessions. */

import type { InferenceSession, Tensor } from "onnxruntime-common";
import { brief, failure, failureOf } from "$/lang/failure";
import { agrees } from "$/run/golden";
import type { Names, Output, Reply, Request } from "$/run/messages";
import { fits, slotValues, slotsOf, withSlots, type Slots } from "$/run/onnx/change";
import { readFile, type OnnxFile } from "$/run/onnx/file";
import type { Edits, TabEngine } from "$/run/types";
import type { Picture } from "$/model/types";

type Runtime = typeof import("onnxruntime-web");
type Start = Extract<Request, { kind: "start" }>;

const SCRIPTS: Readonly<Record<TabEngine, () => Promise<Runtime>>> = {
  WebAssembly: () => import("onnxruntime-web/wasm"),
  WebGPU: () =>
    import.meta.env.MODE === "single"
      ? Promise.reject(failure("run.noWebGpu"))
      : import("onnxruntime-web/webgpu"),
};
const PROVIDERS: Readonly<Record<TabEngine, string>> = { WebAssembly: "wasm", WebGPU: "webgpu" };
const START_MS = 30_000; // threads that never start would be waited for without end

/** The state after "start". */
interface Model {
  readonly runtime: Runtime;
  readonly engine: TabEngine;
  readonly names: Names;
  readonly file: OnnxFile;
  edits: Edits;
  session: InferenceSession;
  /** Inputs of the session that edits fill. */
  slots: Slots;
}

let model: Model | null = null;

async function start(request: Start): Promise<Reply> {
  const runtime = await SCRIPTS[request.engine]();
  runtime.env.logLevel = "error";
  runtime.env.wasm.numThreads = request.threads;
  runtime.env.wasm.wasmBinary = request.runtime;
  runtime.env.wasm.initTimeout = START_MS;
  const file = readFile(request.model);
  const parts = { runtime, engine: request.engine, names: request.names, file };
  model = { ...parts, edits: {}, slots: slotsOf({}), session: await session(parts, slotsOf({})) };
  const { probabilities } = await run(request.golden.picture, []);
  if (!agrees(request.golden, probabilities))
    throw failure("run.golden", { engine: request.engine });
  return { kind: "done" };
}

/** Build the network; one session for answers and layers: a second is no faster. */
async function session(
  parts: Pick<Model, "runtime" | "engine" | "names" | "file">,
  slots: Slots,
): Promise<InferenceSession> {
  const { runtime, engine, names, file } = parts;
  const outputs = new Set([...file.outputs.keys(), names.prepared]);
  const bytes = withSlots(file, slots, [...outputs]);
  try {
    return await runtime.InferenceSession.create(bytes, {
      executionProviders: [PROVIDERS[engine]],
      graphOptimizationLevel: "all",
      logSeverityLevel: 3,
    });
  } catch (error) {
    throw explained(error);
  }
}

/** Return the failure for an error of the runtime. */
function explained(error: unknown): Error {
  const text = brief(error);
  if (/bad_alloc|out of memory|OOM|allocation|unreachable|memory access/i.test(text))
    return failure("run.memory", { error: text });
  if (/timeout/i.test(text)) return failure("run.timeout", { error: text });
  if (/CompileError|LinkError|magic|WebAssembly/i.test(text)) return failure("run.noRuntime");
  return failure("run.refused", { error: text });
}

async function run(picture: Picture, layers: readonly string[]) {
  if (!model) throw failure("run.refused", { error: "not started" });
  const { runtime, names } = model;
  const { height, width, channels, data } = picture;
  const image = new runtime.Tensor("uint8", data, [1, height, width, channels]);
  const begin = performance.now();
  let results: InferenceSession.OnnxValueMapType;
  try {
    const fetches = [names.probabilities, ...layers.map((path) => path || names.prepared)];
    results = await model.session.run({ [names.image]: image, ...filled(model) }, fetches);
  } catch (error) {
    throw explained(error);
  }
  const milliseconds = performance.now() - begin;
  const probabilities = numbers(results[names.probabilities]);
  const outputs = layers.map((path) => output(path, results[path || names.prepared]));
  for (const tensor of Object.values(results)) tensor.dispose();
  image.dispose();
  return { probabilities, outputs, milliseconds };
}

function numbers(tensor: Tensor | undefined): Float32Array {
  if (!(tensor?.data instanceof Float32Array))
    throw failure("run.refused", { error: "no float32" });
  return tensor.data;
}

const output = (path: string, tensor: Tensor | undefined): Output => ({
  path,
  data: numbers(tensor),
  shape: tensor?.dims.slice(1) ?? [],
});

/** Tensors for the inputs that edits fill. */
function filled({ runtime, file, edits, slots }: Model): Record<string, Tensor> {
  const values = [...slotValues(file, edits, slots)];
  return Object.fromEntries(
    values.map(([name, { dims, data }]) => [name, new runtime.Tensor("float32", data, dims)]),
  );
}

async function edit(edits: Edits): Promise<Reply> {
  if (!model) throw failure("run.refused", { error: "not started" });
  slotValues(model.file, edits, slotsOf(edits)); // throws for what does not fit
  if (!fits(edits, model.slots)) {
    const slots = slotsOf(edits);
    const next = await session(model, slots);
    await model.session.release();
    model = { ...model, session: next, slots };
  }
  model.edits = edits;
  return { kind: "done" };
}

async function reply(request: Request): Promise<Reply> {
  if (request.kind === "start") return start(request);
  if (request.kind === "edit") return edit(request.edits);
  return { kind: "answer", ...(await run(request.picture, request.layers)) };
}

function transfers(answer: Reply): Transferable[] {
  if (answer.kind !== "answer") return [];
  return [answer.probabilities, ...answer.outputs.map(({ data }) => data)].map(
    ({ buffer }) => buffer as ArrayBuffer,
  );
}

// the runtime rejects promises of its own besides those that it returns
self.addEventListener("unhandledrejection", (event) => event.preventDefault());

self.onmessage = async ({ data }: MessageEvent<Request>) => {
  let answer: Reply;
  try {
    answer = await reply(data);
  } catch (error) {
    answer = { kind: "failure", failure: failureOf(error) };
  }
  self.postMessage(answer, { transfer: transfers(answer) });
};

/** Runner: forward passes and edits of the exported model, by ONNX Runtime in a worker. */

import { failure, failureOf } from "$/lang/failure";
import type { Key } from "$/lang/index.svelte";
import type { Manifest, Picture, Tensor } from "$/model/types";
import { connect, type Connection } from "$/run/connection";
import { RUNTIMES, checkBrowser, hasWebGpu, offersWebGpu, threadCount } from "$/run/engines";
import { readGolden } from "$/run/golden";
import type { Golden, Names, Reply, Request } from "$/run/messages";
import { createQueue } from "$/run/queue";
import { received, unpacked, type Bytes } from "$/run/source";
import type { Answer, Edits, Engine, EngineName, Progress, Runner, TabEngine } from "$/run/types";
import type { RunnerOptions, Source } from "$/run/types";

export { folderSource, inlineSource } from "$/run/source";

interface Parts {
  readonly model: Bytes;
  readonly names: Names;
  readonly golden: Golden;
  /** Of all layers. */
  readonly paths: readonly string[];
}

type OnProgress = (progress: Progress) => void;

/** Start a runner; errors are failures, which `sentence` shows. */
export async function createRunner(
  source: Source,
  manifest: Manifest,
  { onprogress = () => {}, threads }: RunnerOptions = {},
): Promise<Runner> {
  checkBrowser();
  const golden = readGolden(manifest.golden);
  const { file, bytes } = manifest.onnx;
  const download = parts(onprogress, [bytes, RUNTIME_BYTES]);
  const [model, runtime] = await Promise.all([
    source.bytes(file, download(0)),
    runtimeBytes("WebAssembly", download(1)),
  ]);
  await checkModel(model, manifest);
  const { image, prepared, probabilities } = manifest.onnx;
  const names = { image, prepared, probabilities };
  const all = { model, names, golden, paths: manifest.steps.map(({ path }) => path) };
  const count = threadCount(threads);
  onprogress({ phase: "start", part: 0 });
  return runner(all, await started(all, { name: "WebAssembly", threads: count }, runtime));
}

const RUNTIME_BYTES = 3_700_000;

/** Progress of several downloads, weighted by their sizes. */
function parts(onprogress: OnProgress, sizes: readonly number[]) {
  const received = sizes.map(() => 0);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  return (place: number) =>
    (part: number): void => {
      received[place] = part * (sizes[place] ?? 0);
      onprogress({ phase: "download", part: received.reduce((sum, n) => sum + n, 0) / total });
    };
}

async function runtimeBytes(name: TabEngine, onpart?: (part: number) => void): Promise<Bytes> {
  const file = `ONNX Runtime (${name})`;
  const { url, size } = await RUNTIMES[name]();
  const bytes = await unpacked(await received(url, file, onpart), file);
  // gzip has a checksum; a server that unpacked the file, or sent another, has none
  if (bytes.length !== size) throw failure("run.noRuntime");
  return bytes;
}

/** Check that the file is the one that was exported. */
async function checkModel(model: Bytes, { onnx }: Manifest): Promise<void> {
  const { file, bytes } = onnx;
  if (model.length < bytes) throw failure("run.truncated", { file });
  // over plain HTTP to another machine a browser computes no digests
  const digest = globalThis.crypto?.subtle && (await crypto.subtle.digest("SHA-256", model));
  const hex = digest && [...new Uint8Array(digest)].map((b) => b.toString(16).padStart(2, "0"));
  if (model.length > bytes || (hex && hex.join("") !== onnx.sha256))
    throw failure("run.otherModel", { file });
}

interface Started {
  readonly connection: Connection;
  readonly engine: Engine<TabEngine>;
}

/** Start a worker; if threads fail, another with one thread, since a runtime's number is fixed. */
async function started(parts: Parts, engine: Engine<TabEngine>, runtime: Bytes): Promise<Started> {
  const connection = connect();
  try {
    const { name, threads } = engine;
    const { model, names, golden } = parts;
    await connection.send({ kind: "start", engine: name, threads, runtime, model, names, golden });
    return { connection, engine };
  } catch (error) {
    connection.close();
    if (engine.threads === 1) throw error;
    return started(parts, { ...engine, threads: 1 }, runtime);
  }
}

function runner(parts: Parts, first: Started): Runner {
  let { connection, engine } = first;
  let edits: Edits = {};
  let crashed = false;
  const queue = createQueue();

  async function replaceWorker(next: Engine<TabEngine>): Promise<void> {
    const other = await started(parts, next, await runtimeBytes(next.name));
    if (edits.weights || edits.off) await other.connection.send({ kind: "edit", edits });
    connection.close();
    ({ connection, engine } = other);
    crashed = false;
  }

  async function send(request: Request): Promise<Reply> {
    if (crashed) await replaceWorker(engine);
    try {
      return await connection.send(request);
    } catch (error) {
      crashed = CRASHES.has(failureOf(error).key);
      throw error;
    }
  }

  async function run(picture: Picture, layers: readonly string[]): Promise<Answer> {
    const reply = await send({ kind: "run", picture: plain(picture), layers: [...layers] });
    if (reply.kind !== "answer") throw failure("run.closed");
    const { probabilities, outputs, milliseconds } = reply;
    const activations = new Map<string, Tensor>(outputs.map((each) => [each.path, each]));
    return { probabilities, activations, milliseconds };
  }

  async function edit(next: Edits): Promise<void> {
    await send({ kind: "edit", edits: next });
    edits = next;
  }

  async function use(name: EngineName): Promise<void> {
    if (name === engine.name || name === "PyTorch") return;
    if (name === "WebGPU" && !(await hasWebGpu())) throw failure("run.noWebGpu");
    await replaceWorker({ name, threads: name === "WebGPU" ? 1 : threadCount() });
  }

  return {
    get engine() {
      return engine;
    },
    offers: offersWebGpu() ? ["WebAssembly", "WebGPU"] : ["WebAssembly"],
    run: (picture, layers, lane = "run") =>
      queue.add(`run ${lane}`, () => run(picture, layers === "all" ? parts.paths : layers)),
    edit: async (next) => void (await queue.add("edit", () => edit(plainEdits(next)))),
    use: async (name) => void (await queue.add("use", () => use(name))),
    dispose: () => connection.close(),
  };
}

/** Failures after which the runtime cannot be used again. */
const CRASHES: ReadonlySet<Key> = new Set<Key>(["run.memory", "run.workerFailed"]);

// state of Svelte is made of proxies, which no worker can receive
const plain = ({ width, height, channels, data }: Picture): Picture => ({
  width,
  height,
  channels,
  data,
});

const plainEdits = ({ weights = {}, values = {}, off = {} }: Edits): Edits => ({
  weights: { ...weights },
  values: Object.fromEntries(
    Object.entries(values).map(([name, numbers]) => [name, { ...numbers }]),
  ),
  off: Object.fromEntries(Object.entries(off).map(([path, channels]) => [path, [...channels]])),
});

/** Forward passes and parameters of a network that is too large for the tab: PyTorch computes. */

import { addressOf, bytes, send } from "$/api/client";
import { createQueue } from "$/run/queue";
import { readBlock } from "$/views/look/studio/blocks";
import { store } from "$/views/look/studio/images";
import type { Manifest, Picture, Step, Tensor } from "$/model/types";
import type { Answer, Edits, Runner, Source } from "$/run/types";
import type { ReadWeights, Weights } from "$/views/look/weights";

const FORWARD = "/api/look/forward";
const PARAMETER = "/api/look/parameter";

const NONE = new Float32Array();
const EMPTY: Tensor = { shape: [], data: NONE };

/** Parameters up to this size are loaded whole, of larger ones the rows of one channel. */
const MOST_NUMBERS = 4_000_000;

export async function remoteManifest(model: string, signal?: AbortSignal): Promise<Manifest> {
  const parts = { query: { model }, ...(signal ? { signal } : {}) };
  return (await send("get", "/api/look/manifest", parts)) as Manifest;
}

/** Samples of a model, from the studio. */
export const remoteSource = (model: string): Source => ({
  bytes: async (file) => {
    const name = file.replace(/^samples\//, "");
    const content = await bytes(addressOf("/api/look/sample", undefined, { model, name }));
    return new Uint8Array(content);
  },
});

export function createRemoteRunner(model: string, manifest: Manifest): Runner {
  const queue = createQueue();
  const all = manifest.steps.map(({ path }) => path);
  const control = new AbortController();
  let edits: Edits = {};

  async function run(picture: Picture, layers: readonly string[]): Promise<Answer> {
    const { id } = await store(picture);
    const { values = {}, off = {} } = edits;
    const body = { model, image: id, layers, changes: { values, off } };
    const block = readBlock(await bytes(FORWARD, control.signal, body));
    const [probabilities, ...outputs] = block.tensors;
    const { milliseconds } = block.about;
    return {
      probabilities: probabilities?.data ?? new Float32Array(),
      activations: new Map(
        layers.map((path, k): [string, Tensor] => [path, outputs[k] ?? { shape: [], data: NONE }]),
      ),
      milliseconds: typeof milliseconds === "number" ? milliseconds : 0,
    };
  }

  return {
    engine: { name: "PyTorch", threads: 0 },
    offers: ["PyTorch"],
    run: (picture, layers, lane = "run") =>
      queue.add(`run ${lane}`, () => run(picture, layers === "all" ? all : layers)),
    edit: (next) => {
      edits = next;
      return Promise.resolve();
    },
    use: () => Promise.resolve(),
    dispose: () => control.abort(),
  };
}

/** Parameters of layers, loaded when a layer is first looked at; until then a layer has none. */
export class RemoteWeights {
  #known = $state.raw<ReadonlyMap<string, Weights>>(new Map());
  #loading = new Set<string>();
  readonly #model: string;
  readonly #onproblem: (error: unknown) => void;

  constructor(model: string, onproblem: (error: unknown) => void) {
    this.#model = model;
    this.#onproblem = onproblem;
  }

  readonly read: ReadWeights = (step, channel = 0) => {
    const isLarge = step.num_parameters > MOST_NUMBERS;
    const key = isLarge ? `${step.path} ${channel}` : step.path;
    const known = this.#known.get(key);
    if (known) return known;
    if (!this.#loading.has(key)) {
      this.#loading.add(key);
      queueMicrotask(() => void this.#load(key, step, isLarge ? channel : null));
    }
    return new Map();
  };

  async #load(key: string, step: Step, channel: number | null): Promise<void> {
    try {
      const names = Object.entries(step.parameters);
      const tensors = await Promise.all(names.map(([, name]) => this.#tensor(name, channel)));
      const weights = new Map(names.map(([name], k) => [name, tensors[k] ?? EMPTY] as const));
      // the rows of one channel of a large layer are kept, not those of all that were chosen
      const kept = [...this.#known].filter(([other]) => !other.startsWith(`${step.path} `));
      this.#known = new Map([...kept, [key, weights]]);
      if (channel !== null) this.#loading.delete(key);
    } catch (error) {
      this.#onproblem(error);
    }
  }

  /** A parameter; with a channel its row, and zeros in place of the others. */
  async #tensor(name: string, channel: number | null): Promise<Tensor> {
    const query = { model: this.#model, name, first: channel };
    const block = readBlock(await bytes(addressOf(PARAMETER, undefined, query)));
    const [part = EMPTY] = block.tensors;
    const shape = shapeIn(block.about);
    if (channel === null || shape.length === 0) return part;
    const [rows = 1, ...rest] = shape;
    const size = rest.reduce((product, side) => product * side, 1);
    const data = new Float32Array(rows * size);
    data.set(part.data, channel * size);
    return { shape, data };
  }
}

function shapeIn({ shape }: Readonly<Record<string, unknown>>): readonly number[] {
  return Array.isArray(shape) ? shape.filter((side) => typeof side === "number") : [];
}

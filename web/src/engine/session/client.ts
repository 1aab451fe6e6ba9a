/** A session: the page's side of the worker that trains. */

import type { Created, Method, Reply, Request } from "$/engine/session/messages";
import { writeModel } from "$/engine/files/model-file";
import { engineError } from "$/engine/problem";
import type { Data } from "$/engine/session/session";
import type { Architecture, Evaluation, Session, SessionOptions, Snapshot } from "$/engine/types";
import type { Tensor } from "$/model/types";
import TrainingWorker from "./worker?worker";

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

interface Line {
  ask(request: DistributiveOmit<Request, "id">): Promise<unknown>;
  close(): void;
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

function connect(worker: Worker, listen: (snapshot: Snapshot) => void): Line {
  const waiting = new Map<number, Waiting>();
  let last = 0;
  const fail = (error: Error): void => {
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  worker.onmessage = ({ data: reply }: MessageEvent<Reply>) => {
    if (reply.kind === "snapshot") return listen(reply.snapshot);
    const one = waiting.get(reply.id);
    waiting.delete(reply.id);
    if (reply.kind === "result") return one?.resolve(reply.value);
    const { problem, text } = reply;
    return one?.reject(problem ? engineError(problem.key, problem.values) : new Error(text));
  };
  worker.onerror = (event) => fail(engineError("engine.worker", { text: event.message || "?" }));
  return {
    ask(request) {
      const id = ++last;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        worker.postMessage({ ...request, id });
      });
    },
    close() {
      worker.terminate();
      fail(engineError("engine.closed"));
    },
  };
}

/** A trainer in a worker, with its data; `listen` gets its state at most 20 times a second. */
export async function createSession(
  architecture: Architecture,
  data: Data,
  options: SessionOptions,
  listen: (snapshot: Snapshot) => void,
): Promise<Session> {
  let state: Snapshot | null = null;
  const line = connect(new TrainingWorker(), (snapshot) => {
    state = snapshot;
    listen(snapshot);
  });
  const created = line
    .ask({ kind: "create", architecture, data, options })
    .catch((error: unknown) => {
      line.close();
      throw error;
    });
  const { layers, parameters } = (await created) as Created;
  const call = (method: Method, argument?: unknown): Promise<unknown> =>
    line.ask({ kind: "call", method, argument });
  /** A change without an answer; a failure is shown like one of training. */
  const tell = (method: Method, argument?: unknown): void =>
    void call(method, argument).catch((error: unknown) => state && report(state, error, listen));
  return {
    ...{ layers, parameters },
    start: () => tell("start"),
    pause: () => tell("pause"),
    stepOnce: () => tell("stepOnce"),
    set: (changes) => tell("set", changes),
    watch: (watch) => tell("watch", watch),
    evaluate: () => call("evaluate") as Promise<Evaluation>,
    predict: (pixels) => call("predict", pixels) as Promise<Float32Array>,
    activations: (pixels) => call("activations", pixels) as Promise<ReadonlyMap<string, Tensor>>,
    weights: () => call("weights") as Promise<ReadonlyMap<string, Tensor>>,
    load: (weights) => call("load", weights) as Promise<void>,
    restart: (seed) => call("restart", seed) as Promise<void>,
    async save() {
      const weights = (await call("weights")) as ReadonlyMap<string, Tensor>;
      const { labels, preprocessing } = options;
      const provenance = {
        trained: "in the browser",
        steps: state?.step ?? 0,
        images: state?.images ?? 0,
      };
      return writeModel({ architecture, labels, preprocessing, weights, provenance });
    },
    dispose: () => line.close(),
  };
}

function report(state: Snapshot, error: unknown, listen: (snapshot: Snapshot) => void): void {
  const known = error instanceof Error && "problem" in error;
  const problem = known ? (error.problem as Snapshot["problem"]) : undefined;
  const shown = problem ?? { key: "engine.worker" as const, values: { text: String(error) } };
  listen({ ...state, points: [], evaluations: [], problem: shown });
}

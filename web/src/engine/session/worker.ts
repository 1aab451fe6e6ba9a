/** The worker that trains: one trainer and its data. */

import type { Method, Reply, Request } from "$/engine/session/messages";
import { problemOf } from "$/engine/problem";
import { createHost, type Host } from "$/engine/session/session";

const post = (reply: Reply): void => self.postMessage(reply);

// a message to itself comes after those of the page that wait; a timer would wait 4 ms
const channel = new MessageChannel();
let next: (() => void) | null = null;
channel.port1.onmessage = () => next?.();
const later = (run: () => void): void => {
  next = run;
  channel.port2.postMessage(null);
};

let host: Host | null = null;

async function answer(request: Request): Promise<unknown> {
  if (request.kind === "create") {
    const { architecture, data, options } = request;
    host = await createHost(
      architecture,
      data,
      options,
      (snapshot) => post({ kind: "snapshot", snapshot }),
      later,
    );
    return { layers: host.trainer.layers, parameters: host.trainer.parameters };
  }
  if (!host) throw new Error("no network yet");
  return call(host, request.method, request.argument);
}

function call(to: Host, method: Method, argument: unknown): unknown {
  if (method === "weights") return to.trainer.weights();
  return (to[method] as (argument: unknown) => unknown)(argument);
}

self.onmessage = ({ data: request }: MessageEvent<Request>) => {
  const { id } = request;
  answer(request).then(
    (value) => post({ kind: "result", id, value }),
    (error: unknown) =>
      post({ kind: "problem", id, problem: problemOf(error), text: String(error) }),
  );
};

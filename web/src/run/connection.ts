/** A worker that answers one request at a time. */

import { brief, failure } from "$/lang/failure";
import type { Reply, Request } from "$/run/messages";
import RunWorker from "$/run/worker?worker";

export interface Connection {
  send(request: Request, transfer?: Transferable[]): Promise<Reply>;
  close(): void;
}

export function connect(): Connection {
  const worker = new RunWorker();
  let waiting: { resolve(reply: Reply): void; reject(error: Error): void } | null = null;
  let broken: Error | null = null;
  worker.onmessage = ({ data }: MessageEvent<Reply>) => {
    const { resolve, reject } = waiting ?? {};
    waiting = null;
    if (data.kind === "failure") reject?.(failure(data.failure.key, data.failure.values));
    else resolve?.(data);
  };
  const fail = (error: Error): void => {
    broken = error;
    waiting?.reject(error);
    waiting = null;
  };
  worker.onerror = (event) => {
    event.preventDefault();
    fail(failure("run.workerFailed", { error: brief(event.message || "?") }));
  };
  return {
    send: (request, transfer = []) =>
      new Promise((resolve, reject) => {
        if (broken) return reject(broken);
        waiting = { resolve, reject };
        worker.postMessage(request, transfer);
      }),
    close: () => {
      worker.terminate();
      fail(failure("run.closed"));
    },
  };
}

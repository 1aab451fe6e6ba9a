/** A worker that computes one request at a time; of those that come meanwhile only the latest waits. */

import { brief, failure } from "$/lang/failure";

interface Uses<Done> {
  readonly start: () => Worker;
  readonly ondone: (done: Done) => void;
  /** The worker failed and is closed; the next request starts another. */
  readonly onfault: (fault: unknown) => void;
}

export class Latest<Work, Done> {
  readonly #uses: Uses<Done>;
  #worker: Worker | null = null;
  #waiting: Work | null = null;
  #isBusy = false;

  constructor(uses: Uses<Done>) {
    this.#uses = uses;
  }

  ask(work: Work): void {
    this.#waiting = work;
    if (!this.#isBusy) this.#send();
  }

  /** Drop the request that waits. */
  forget(): void {
    this.#waiting = null;
  }

  close(): void {
    this.#worker?.terminate();
    this.#worker = null;
    this.#isBusy = false;
  }

  #send(): void {
    const work = this.#waiting;
    if (work === null) return;
    this.#waiting = null;
    this.#isBusy = true;
    this.#worker ??= this.#started();
    this.#worker.postMessage(work);
  }

  #started(): Worker {
    const worker = this.#uses.start();
    worker.onmessage = ({ data }: MessageEvent<Done>) => {
      this.#uses.ondone(data);
      this.#isBusy = false;
      this.#send();
    };
    worker.onerror = (event) => {
      event.preventDefault();
      this.#uses.onfault(failure("run.workerFailed", { error: brief(event.message || "?") }));
      this.close();
    };
    return worker;
  }
}

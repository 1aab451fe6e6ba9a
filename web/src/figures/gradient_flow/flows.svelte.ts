/** Flows of the latest setting: one is computed at a time, and only the latest waits. */

import FlowWorker from "$/figures/gradient_flow/worker?worker";
import type { Flows } from "$/figures/gradient_flow/worker";
import type { Case } from "$/labs/gradient_flow";
import { brief, failure } from "$/lang/failure";

const MOST_KEPT = 200;

export class FlowSource {
  latest = $state.raw<Flows | null>(null);
  fault = $state.raw<unknown>(null);
  #worker: Worker | null = null;
  #waiting: Case | null = null;
  #isBusy = false;
  readonly #kept = new Map<string, Flows>();

  ask(one: Case): void {
    const known = this.#kept.get(JSON.stringify(one));
    if (known) {
      this.#waiting = null;
      this.latest = known;
      return;
    }
    this.#waiting = one;
    if (!this.#isBusy) this.#send();
  }

  #send(): void {
    const one = this.#waiting;
    if (!one) return;
    this.#waiting = null;
    this.#isBusy = true;
    this.#worker ??= this.#started();
    this.#worker.postMessage({ key: JSON.stringify(one), one });
  }

  #started(): Worker {
    const worker = new FlowWorker();
    worker.onmessage = ({ data }: MessageEvent<Flows>) => {
      if (this.#kept.size >= MOST_KEPT) this.#kept.clear();
      this.#kept.set(data.key, data);
      this.latest = data;
      this.fault = null;
      this.#isBusy = false;
      this.#send();
    };
    worker.onerror = (event) => {
      event.preventDefault();
      this.fault = failure("run.workerFailed", { error: brief(event.message || "?") });
      this.close();
    };
    return worker;
  }

  close(): void {
    this.#worker?.terminate();
    this.#worker = null;
    this.#isBusy = false;
  }
}

/** Flows of the latest setting: one is computed at a time, and only the latest waits. */

import { Latest } from "$/figures/latest";
import FlowWorker from "$/figures/gradient_flow/worker?worker";
import type { Flows } from "$/figures/gradient_flow/worker";
import type { Case } from "$/labs/gradient_flow";

const MOST_KEPT = 200;

export class FlowSource {
  latest = $state.raw<Flows | null>(null);
  fault = $state.raw<unknown>(null);
  readonly #kept = new Map<string, Flows>();
  readonly #worker = new Latest<{ key: string; one: Case }, Flows>({
    start: () => new FlowWorker(),
    ondone: (flows) => {
      if (this.#kept.size >= MOST_KEPT) this.#kept.clear();
      this.#kept.set(flows.key, flows);
      this.latest = flows;
      this.fault = null;
    },
    onfault: (fault) => {
      this.fault = fault;
    },
  });

  ask(one: Case): void {
    const key = JSON.stringify(one);
    const known = this.#kept.get(key);
    if (known) {
      this.#worker.forget();
      this.latest = known;
      return;
    }
    this.#worker.ask({ key, one });
  }

  close(): void {
    this.#worker.close();
  }
}

/** Visuals of one network that were computed, are computed, or wait: the newest first. */

import { compute, type Body, type Seen, type Step } from "$/views/look/studio/visuals/requests";

export interface Run {
  readonly id: number;
  readonly title: string;
  readonly body: Body;
  readonly step: Step | null;
  readonly seen: Seen | null;
  readonly problem: unknown;
}

export class Bench {
  runs = $state.raw<readonly Run[]>([]);
  #controls = new Map<number, AbortController>();
  #count = 0;

  /** Compute a visual; the results before stay. */
  async start(title: string, body: Body): Promise<void> {
    const id = ++this.#count;
    const control = new AbortController();
    this.#controls.set(id, control);
    this.runs = [{ id, title, body, step: null, seen: null, problem: null }, ...this.runs];
    try {
      const seen = await compute(body, control.signal, (step) => this.#change(id, { step }));
      this.#change(id, { seen });
    } catch (problem) {
      if (control.signal.aborted) this.remove(id);
      else this.#change(id, { problem });
    } finally {
      this.#controls.delete(id);
    }
  }

  /** Give a computation up, or take its result away. */
  remove(id: number): void {
    this.#controls.get(id)?.abort();
    this.runs = this.runs.filter((run) => run.id !== id);
  }

  clear(): void {
    for (const { id } of this.runs) this.remove(id);
  }

  #change(id: number, part: Partial<Run>): void {
    this.runs = this.runs.map((run) => (run.id === id ? { ...run, ...part } : run));
  }
}

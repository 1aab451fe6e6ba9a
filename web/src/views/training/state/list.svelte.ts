/** All runs of the workspace, kept up to date by the stream; one of the command line appears too. */

import { stream } from "$/api/stream.svelte";
import * as api from "../api";
import type { RunRecord } from "../records";

export class RunList {
  all = $state.raw<readonly RunRecord[]>([]);
  problem = $state.raw<unknown>(null);
  loaded = $state(false);

  get running(): readonly RunRecord[] {
    return this.all.filter(({ state }) => state === "running");
  }

  follow(): () => void {
    const stops = [
      stream.on("run", (event) => this.#onrun(event)),
      stream.on("reset", () => void this.load()),
    ];
    void this.load();
    return () => stops.forEach((stop) => stop());
  }

  async load(): Promise<void> {
    try {
      this.all = sorted(await api.runs());
      this.problem = null;
      this.loaded = true;
    } catch (error) {
      this.problem = error;
    }
  }

  #onrun(event: { readonly id: string; readonly [field: string]: unknown }): void {
    const record = event["run"] as RunRecord | null;
    const known = this.all.find(({ id }) => id === event.id);
    // most messages are new steps of a run: the list stays the same
    if (record && known && sameInList(record, known)) return;
    const others = this.all.filter(({ id }) => id !== event.id);
    this.all = record ? sorted([...others, record]) : others;
  }
}

function sameInList(one: RunRecord, other: RunRecord): boolean {
  return (
    one.state === other.state &&
    one.epochs_done === other.epochs_done &&
    one.validation_accuracy === other.validation_accuracy
  );
}

/** The newest first. */
function sorted(records: readonly RunRecord[]): readonly RunRecord[] {
  return [...records].sort((one, other) => (other.changed ?? "").localeCompare(one.changed ?? ""));
}

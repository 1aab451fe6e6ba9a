/** The list of runs and sweeps, kept up to date by the stream. */

import { stream } from "$/api/stream.svelte";
import { runPage, runRows, type RunRow, type SweepRow } from "./records";

const SWEEPS_MS = 2_000;

/** Return a row with the fields of another record that a row has. */
export function merged(row: RunRow, record: Readonly<Record<string, unknown>>): RunRow {
  const known = Object.entries(record).filter(([name]) => name in row && name !== "note");
  return { ...row, ...Object.fromEntries(known) };
}

export class RunList {
  runs = $state.raw<readonly RunRow[]>([]);
  sweeps = $state.raw<readonly SweepRow[]>([]);
  #timer: ReturnType<typeof setTimeout> | undefined;

  async load(signal?: AbortSignal): Promise<this> {
    const { runs, sweeps } = await runRows(signal);
    this.runs = runs;
    this.sweeps = sweeps;
    return this;
  }

  /** Follow the stream; returns the function that ends it. */
  follow(): () => void {
    const reload = (): void => void this.load().catch(() => undefined); // the frame shows it
    const stops = [
      stream.on("run", ({ id, ["run"]: record }) => this.#change(id, record)),
      stream.on("reset", reload),
    ];
    return () => {
      clearTimeout(this.#timer);
      stops.forEach((stop) => stop());
    };
  }

  #change(id: string, record: unknown): void {
    if (record === null) {
      this.runs = this.runs.filter((row) => row.id !== id);
      return;
    }
    if (typeof record !== "object" || record === undefined) return;
    const row = this.runs.find((one) => one.id === id);
    if (row) {
      const next = merged(row, record as Readonly<Record<string, unknown>>);
      this.runs = this.runs.map((one) => (one.id === id ? next : one));
      if (next.sweep !== null) this.#reloadSweeps();
      return;
    }
    runPage(id).then(
      (page) => {
        if (!this.runs.some((one) => one.id === id)) this.runs = [page.row, ...this.runs];
        if (page.row.sweep !== null) this.#reloadSweeps();
      },
      () => undefined, // it is gone again
    );
  }

  /** Figures of sweeps follow from those of their trials. */
  #reloadSweeps(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.load().catch(() => undefined);
    }, SWEEPS_MS);
  }
}

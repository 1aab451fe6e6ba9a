/** One run that is shown: its record, curves and pictures, kept up to date by the stream. */

import { isOver, jobs } from "$/api/jobs.svelte";
import { stream, type Job } from "$/api/stream.svelte";
import type { LayerStatistics } from "$/engine/types";
import * as api from "../api";
import { nameOf } from "../records";
import type {
  About,
  Command,
  FrameInfo,
  History,
  Predictions,
  RunEvent,
  RunRecord,
  Statistics,
} from "../records";
import { RunCurves, type Quantity } from "./curves";

/** What a run does now. */
export type Phase = "running" | "paused" | "stopped" | "finished" | "failed" | "damaged";

/** Predictions of the handful that are kept for its lines. */
const MOST_PREDICTIONS = 400;

export class ShownRun {
  readonly id: string;
  record = $state.raw<RunRecord | null>(null);
  /** Counts changes of the curves, so that charts draw again. */
  version = $state(0);
  about = $state.raw<About | null>(null);
  statistics = $state.raw<Statistics | null>(null);
  predictions = $state.raw<readonly Predictions[]>([]);
  frames = $state.raw<readonly FrameInfo[]>([]);
  /** Why it cannot be shown. */
  problem = $state.raw<unknown>(null);
  loading = $state(true);
  /** Its folder is not there yet: a job waits, or is starting. */
  isAwaited = $state(false);
  /** A command that was sent and has not taken effect yet. */
  pending = $state.raw<Command | null>(null);

  readonly curves = new RunCurves();
  #control = new AbortController();
  #waiting: History[] = [];
  #isLoading = false;

  constructor(id: string) {
    this.id = id;
  }

  /** Load the run and follow it; returns the function that ends it. */
  follow(): () => void {
    const stops = [
      stream.on("run", (event) => this.#onrun(event)),
      stream.on("watch", (event) => this.#onwatch(event)),
      stream.on("reset", () => void this.load()),
    ];
    void this.load();
    return () => {
      this.#control.abort();
      stops.forEach((stop) => stop());
    };
  }

  async load(): Promise<void> {
    this.#control.abort();
    const control = new AbortController();
    this.#control = control;
    this.#isLoading = true;
    this.#waiting = [];
    try {
      this.isAwaited = await this.#isComing();
      if (control.signal.aborted || this.isAwaited) return;
      const [record, history, watched] = await Promise.all([
        api.run(this.id),
        api.history(this.id, control.signal),
        api.watched(this.id),
      ]);
      if (control.signal.aborted) return;
      this.record = record;
      this.curves.take(history);
      this.#isLoading = false;
      this.version += 1;
      for (const part of this.#waiting) this.#take(part);
      this.about = watched.about;
      this.predictions = watched.predictions;
      this.frames = watched.frames;
      this.#takeStatistics(watched.statistics);
      this.problem = null;
    } catch (error) {
      if (!control.signal.aborted) this.problem = error;
    } finally {
      if (!control.signal.aborted) {
        this.#isLoading = false;
        this.loading = false;
      }
    }
  }

  /** The job that prepares the run, waits, or failed before there was a folder. */
  get job(): Job | undefined {
    return jobs.list.find((job) => job.run === this.id && !isOver(job));
  }

  get name(): string {
    return this.record ? nameOf(this.record) : this.id;
  }

  async #isComing(): Promise<boolean> {
    if (!this.job) return false;
    return !(await api.runs()).some(({ id }) => id === this.id);
  }

  get phase(): Phase {
    void this.version;
    const state = this.record?.state ?? "stopped";
    if (state !== "running") return state;
    const last = this.curves.commands.filter(({ command }) => command !== "lr").at(-1);
    if (!last || last.command === "resume") return "running";
    // a run that was stopped while it paused, and resumed, runs
    return this.step > last.step + (last.command === "step" ? 1 : 0) ? "running" : "paused";
  }

  /** Last step that anything is known of. */
  get step(): number {
    void this.version;
    const command = this.curves.commands.at(-1)?.step ?? 0;
    const pictures = Math.max(this.statistics?.step ?? 0, this.predictions.at(-1)?.step ?? 0);
    return Math.max(this.curves.step, command, pictures);
  }

  /** Peak learning rate now: that of the recipe, or of the last command. */
  get peak(): number {
    void this.version;
    const { lr } = this.record?.settings ?? {};
    const changed = this.curves.commands.findLast(({ lr: rate }) => rate !== null)?.lr;
    return changed ?? (typeof lr === "number" ? lr : NaN);
  }

  /** Seconds until the end at the present pace; NaN where it is not known. */
  get secondsLeft(): number {
    void this.version;
    return (this.curves.totalSteps - this.curves.step) * this.curves.secondsPerStep();
  }

  get imagesPerSecond(): number {
    void this.version;
    return this.curves.batchSize / this.curves.secondsPerStep();
  }

  recent(quantity: Quantity): number {
    void this.version;
    return this.curves.recent(quantity, 3);
  }

  async send(command: Command): Promise<void> {
    // what is watched is no event
    this.pending = command.command === "watch" ? null : command;
    try {
      await api.control(this.id, command);
    } catch (error) {
      this.pending = null;
      throw error;
    }
  }

  #onrun(event: { readonly id: string; readonly [field: string]: unknown }): void {
    if (event.id !== this.id) return;
    const record = event["run"] as RunRecord | null;
    if (!record) return; // the folder is gone: what is shown stays
    if (record.state !== this.record?.state) this.pending = null;
    if (this.problem !== null || this.isAwaited) {
      void this.load(); // the run appears
      return;
    }
    this.record = record;
    // the stream has no language, and an error is a sentence
    if (record.message !== "") void this.#reread();
    const history = historyOf(event, { before: this.curves.seconds, after: record.time_s });
    if (!history) return;
    if (this.#isLoading) this.#waiting.push(history);
    else this.#take(history);
  }

  async #reread(): Promise<void> {
    try {
      this.record = await api.run(this.id);
    } catch {
      // what the stream told stays
    }
  }

  #take(history: History): void {
    const commands = this.curves.commands.length;
    // a file that begins anew: pictures of later steps are gone too
    const isAnew = history.from === 0 && this.curves.offset > 0 && !this.#isLoading;
    if (isAnew || !this.curves.take(history)) {
      void this.load();
      return;
    }
    if (this.curves.commands.length !== commands) this.pending = null;
    this.version += 1;
  }

  #onwatch(event: { readonly run: string; readonly [field: string]: unknown }): void {
    if (event.run !== this.id || this.#isLoading) return;
    const { statistics, predictions, frame, about } = event as Partial<{
      statistics: Statistics;
      predictions: Predictions;
      frame: FrameInfo;
      about: About;
    }>;
    if (about) this.about = about;
    if (statistics) this.#takeStatistics(statistics);
    if (predictions) {
      const before = this.predictions.filter(({ step }) => step < predictions.step);
      this.predictions = [...thinned(before), predictions];
    }
    if (frame) {
      const before = this.frames.filter(({ step }) => step < frame.step);
      this.frames = [...before, { step: frame.step, epoch: frame.epoch }];
    }
  }

  #takeStatistics(statistics: Statistics | null): void {
    if (!statistics) return;
    this.statistics = statistics;
  }

  get layerStatistics(): readonly LayerStatistics[] {
    return this.statistics?.layers ?? [];
  }
}

/** Keep a bounded history: every second one of the older half goes. */
function thinned(predictions: readonly Predictions[]): readonly Predictions[] {
  if (predictions.length < MOST_PREDICTIONS) return predictions;
  return predictions.filter((_, index) => index % 2 === 0 || index > MOST_PREDICTIONS / 2);
}

/** Return the events of a message; the time since the last one is spread over its steps. */
function historyOf(
  event: Readonly<Record<string, unknown>>,
  time: { readonly before: number; readonly after: number },
): History | null {
  const { from, to, events, seconds } = event;
  if (typeof from !== "number" || typeof to !== "number" || !Array.isArray(events)) return null;
  if (events.length === 0 && from === to) return null;
  const all = events as readonly RunEvent[];
  const steps = all.filter(({ type }) => type === "Step").length;
  const known = Array.isArray(seconds) ? (seconds as readonly number[]) : null;
  const { before, after } = time;
  const spread = Array.from(
    { length: steps },
    (_, i) => before + ((i + 1) * (after - before)) / steps,
  );
  return { from, to, events: all, seconds: known ?? spread };
}

/** Curves of several runs, which grow as the stream tells new events. */

import { stream } from "$/api/stream.svelte";
import { Growing, paired, type Points } from "$/curves/points";
import { curvesOf, type RunCurves } from "../records";

export type Axis = "epochs" | "steps";
export type Quantity = "trainLoss" | "trainAccuracy" | "loss" | "accuracy";

/** Columns of one run. */
class Columns {
  readonly step = new Growing();
  readonly loss = new Growing();
  readonly accuracy = new Growing();

  add(step: unknown, loss: unknown, accuracy: unknown): void {
    if (typeof step !== "number" || typeof loss !== "number" || typeof accuracy !== "number")
      return;
    // a resumed run repeats steps
    if (this.step.length > 0 && step <= this.step.at(this.step.length - 1)) this.#cut(step);
    this.step.add(step);
    this.loss.add(loss);
    this.accuracy.add(accuracy);
  }

  #cut(step: number): void {
    const place = this.step.placeOf(step);
    for (const column of [this.step, this.loss, this.accuracy]) column.cut(place);
  }
}

/** Points of one run. */
export class RunLines {
  readonly training = new Columns();
  readonly validation = new Columns();
  readonly stepsPerEpoch: number;
  to: number;

  constructor(curves: RunCurves) {
    this.stepsPerEpoch = curves.steps_per_epoch;
    this.to = curves.to;
    fill(this.training, curves.steps);
    fill(this.validation, curves.epochs);
  }

  /** Add lines of `events.jsonl`. */
  add(events: readonly unknown[], to: number): void {
    for (const event of events) {
      if (typeof event !== "object" || event === null) continue;
      const fields = event as Readonly<Record<string, unknown>>;
      if (fields["type"] === "Step")
        this.training.add(fields["step"], fields["loss"], fields["accuracy"]);
      else if (fields["type"] === "Epoch")
        this.validation.add(
          fields["step"],
          fields["validation_loss"],
          fields["validation_accuracy"],
        );
    }
    this.to = to;
  }

  points(quantity: Quantity, axis: Axis): Points {
    const isTraining = quantity.startsWith("train");
    const columns = isTraining ? this.training : this.validation;
    const values = quantity.toLowerCase().endsWith("loss") ? columns.loss : columns.accuracy;
    const points = paired(columns.step, values);
    if (axis === "steps") return points;
    const size = this.stepsPerEpoch;
    return {
      get length() {
        return points.length;
      },
      get last() {
        const last = points.last;
        return last && { x: last.x / size, y: last.y };
      },
      x: (index) => points.x(index) / size,
      y: (index) => points.y(index),
    };
  }
}

function fill(columns: Columns, values: RunCurves["steps"]): void {
  const { step = [], loss = [], accuracy = [] } = values;
  step.forEach((each, i) => columns.add(each, loss[i], accuracy[i]));
}

/** Lines of the runs that are chosen. */
export class Overlay {
  lines = $state.raw<ReadonlyMap<string, RunLines>>(new Map());
  /** Changes whenever a line has grown. */
  version = $state(0);
  error = $state.raw<unknown>(null);
  #loading = new Set<string>();

  /** Load the runs that are not there yet; those that are not named are dropped. */
  async show(ids: readonly string[]): Promise<void> {
    this.lines = new Map([...this.lines].filter(([id]) => ids.includes(id)));
    const missing = ids.filter((id) => !this.lines.has(id) && !this.#loading.has(id));
    if (missing.length > 0) await this.#load(missing);
  }

  /** Follow the stream; returns the function that ends it. */
  follow(): () => void {
    const stops = [
      stream.on("run", (event) => this.#grow(event)),
      stream.on("reset", () => void this.#load([...this.lines.keys()])),
    ];
    return () => stops.forEach((stop) => stop());
  }

  async #load(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    ids.forEach((id) => this.#loading.add(id));
    try {
      const next = new Map(this.lines);
      for (const curves of await curvesOf(ids)) next.set(curves.id, new RunLines(curves));
      this.lines = next;
      this.error = null;
      this.version += 1;
    } catch (error) {
      this.error = error;
    } finally {
      ids.forEach((id) => this.#loading.delete(id));
    }
  }

  #grow(event: Readonly<Record<string, unknown>> & { readonly id: string }): void {
    const lines = this.lines.get(event.id);
    const { events, from, to } = event;
    if (!lines || !Array.isArray(events) || typeof to !== "number" || to === lines.to) return;
    if (from !== lines.to) {
      if (!this.#loading.has(event.id)) void this.#load([event.id]);
      return;
    }
    lines.add(events, to);
    this.version += 1;
  }
}

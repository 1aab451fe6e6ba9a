/** Curves of a run from its events.jsonl: they grow, and a resumed run rewinds them. */

import { Growing, paired, type Points } from "$/curves/points";
import type { History, RunEvent } from "../records";

/** What the horizontal axis counts. */
export type Axis = "steps" | "images" | "seconds";
export const AXES: readonly Axis[] = ["steps", "images", "seconds"];

export type Quantity = "loss" | "accuracy" | "validationLoss" | "validationAccuracy" | "lr";

/** A command that took effect after a step. */
export interface Applied {
  readonly step: number;
  readonly command: string;
  readonly lr: number | null;
}

const columns = (): Record<Axis, Growing> => ({
  steps: new Growing(),
  images: new Growing(),
  seconds: new Growing(),
});

const numberOf = (event: RunEvent, field: string): number => {
  const value = event[field];
  return typeof value === "number" ? value : NaN;
};

/** Numbers of a run, as far as its events are known. */
export class RunCurves {
  batchSize = 1;
  stepsPerEpoch = 1;
  epochs = 1;
  /** Best validation accuracy so far. */
  best: { readonly accuracy: number; readonly epoch: number } | null = null;
  commands: Applied[] = [];
  finished: RunEvent | null = null;
  /** Bytes of events.jsonl that are known. */
  offset = 0;
  /** The last event, as JSON. */
  #last = "";
  readonly #x = columns();
  readonly #validated = columns();
  readonly #lr = new Growing();
  readonly #loss = new Growing();
  readonly #accuracy = new Growing();
  readonly #validationLoss = new Growing();
  readonly #validationAccuracy = new Growing();

  /** Last step that is known. */
  get step(): number {
    const { steps } = this.#x;
    const last = steps.length > 0 ? steps.at(steps.length - 1) : 0;
    const validated = this.#validated.steps;
    return Math.max(last, validated.length > 0 ? validated.at(validated.length - 1) : 0);
  }

  get epoch(): number {
    return this.step / this.stepsPerEpoch;
  }

  get totalSteps(): number {
    return this.epochs * this.stepsPerEpoch;
  }

  get seconds(): number {
    const { seconds } = this.#x;
    return seconds.length > 0 ? seconds.at(seconds.length - 1) : 0;
  }

  points(quantity: Quantity, axis: Axis): Points {
    switch (quantity) {
      case "loss":
        return paired(this.#x[axis], this.#loss);
      case "accuracy":
        return paired(this.#x[axis], this.#accuracy);
      case "lr":
        return paired(this.#x[axis], this.#lr);
      case "validationLoss":
        return paired(this.#validated[axis], this.#validationLoss);
      case "validationAccuracy":
        return paired(this.#validated[axis], this.#validationAccuracy);
    }
  }

  /**
   * Take events: they follow those that are known, or begin at the start of the file, as after a
   * resumed run has cut it. Events that are known already change nothing.
   *
   * Returns false if some between are missing: the reader asks for the history then.
   */
  take({ from, to, events, seconds }: History): boolean {
    if (from === 0 && events.length > 0) this.#clear();
    const first = this.#firstNew(from, to, events);
    if (first === null) return to <= this.offset;
    let timed = 0;
    events.forEach((event, index) => {
      const isStep = event["type"] === "Step";
      const time = isStep ? (seconds?.[timed] ?? null) : null;
      if (isStep) timed += 1;
      if (index < first) return;
      if (isStep) this.#addStep(event, time);
      else this.#add(event);
    });
    const last = events.at(-1);
    if (last) this.#last = JSON.stringify(last);
    this.offset = to;
    return true;
  }

  /** Return the place of the first event that is not known; null if none is, or some are missing. */
  #firstNew(from: number, to: number, events: readonly RunEvent[]): number | null {
    if (from === this.offset) return 0;
    if (from > this.offset || to <= this.offset) return null;
    // a message was cut elsewhere than the history: it holds the last event that is known
    const known = events.findLastIndex((event) => JSON.stringify(event) === this.#last);
    return known < 0 ? null : known + 1;
  }

  /** Return the x of a step on an axis. */
  place(step: number, axis: Axis): number {
    if (axis === "steps") return step;
    if (axis === "images") return step * this.batchSize;
    const { steps, seconds } = this.#x;
    const index = Math.min(steps.placeOf(step), steps.length - 1);
    if (index < 0) return 0;
    const [x, y] = [steps.at(index), seconds.at(index)];
    const before = index > 0 ? [steps.at(index - 1), seconds.at(index - 1)] : [0, 0];
    const [x0 = 0, y0 = 0] = before;
    const share = x > x0 ? Math.min(1, Math.max(0, (step - x0) / (x - x0))) : 1;
    return y0 + share * (y - y0);
  }

  /** Return the seconds that one step takes now; NaN before two events. */
  secondsPerStep(): number {
    const { steps, seconds } = this.#x;
    const last = steps.length - 1;
    if (last < 0) return NaN;
    // at most an epoch back, so that the time of a validation is in it
    const from = Math.min(last, steps.placeOf(steps.at(last) - this.stepsPerEpoch));
    const [step0, second0] = from < last ? [steps.at(from), seconds.at(from)] : [0, 0];
    const passed = steps.at(last) - step0;
    return passed > 0 ? (seconds.at(last) - second0) / passed : NaN;
  }

  /** Return the mean of a quantity over its last points. */
  recent(quantity: Quantity, count: number): number {
    const points = this.points(quantity, "steps");
    let [sum, num] = [0, 0];
    for (let i = Math.max(0, points.length - count); i < points.length; i++) {
      if (!Number.isFinite(points.y(i))) continue;
      sum += points.y(i);
      num += 1;
    }
    return num > 0 ? sum / num : NaN;
  }

  #addStep(event: RunEvent, seconds: number | null): void {
    const step = numberOf(event, "step");
    // a file that was replaced by an earlier one: what is later is gone
    const place = this.#x.steps.placeOf(step);
    if (place < this.#x.steps.length) {
      this.#cutSteps(place);
      this.#cutEpochs(this.#validated.steps.placeOf(step));
      this.#findBest();
    }
    const before = this.seconds;
    this.#x.steps.add(step);
    this.#x.images.add(step * this.batchSize);
    this.#x.seconds.add(Math.max(before, seconds ?? before));
    this.#lr.add(numberOf(event, "lr"));
    this.#loss.add(numberOf(event, "loss"));
    this.#accuracy.add(numberOf(event, "accuracy"));
  }

  #add(event: RunEvent): void {
    switch (event.type) {
      case "Started":
        this.batchSize = numberOf(event, "batch_size") || 1;
        this.stepsPerEpoch = numberOf(event, "steps_per_epoch") || 1;
        this.epochs = numberOf(event, "epochs") || 1;
        break;
      case "DataChanged":
        this.stepsPerEpoch = numberOf(event, "steps_per_epoch") || this.stepsPerEpoch;
        break;
      case "Epoch":
        this.#addEpoch(event);
        break;
      case "ControlApplied": {
        const { lr } = event;
        const command = typeof event["command"] === "string" ? event["command"] : "";
        const rate = typeof lr === "number" ? lr : null;
        this.commands = [...this.commands, { step: numberOf(event, "step"), command, lr: rate }];
        break;
      }
      case "Finished":
        this.finished = event;
        break;
      default: // bad images, and events of later versions: no curve shows them
    }
  }

  #addEpoch(event: RunEvent): void {
    const step = numberOf(event, "step");
    this.#cutEpochs(this.#validated.steps.placeOf(step));
    this.#validated.steps.add(step);
    this.#validated.images.add(step * this.batchSize);
    this.#validated.seconds.add(this.seconds);
    this.#validationLoss.add(numberOf(event, "validation_loss"));
    this.#validationAccuracy.add(numberOf(event, "validation_accuracy"));
    this.#findBest();
  }

  #findBest(): void {
    const all = this.points("validationAccuracy", "steps");
    this.best = null;
    for (let i = 0; i < all.length; i++) {
      const accuracy = all.y(i);
      if (accuracy > (this.best?.accuracy ?? -1)) {
        this.best = { accuracy, epoch: Math.round(all.x(i) / this.stepsPerEpoch) };
      }
    }
  }

  #clear(): void {
    this.#cutSteps(0);
    this.#cutEpochs(0);
    this.commands = [];
    this.finished = null;
    this.best = null;
    this.offset = 0;
    this.#last = "";
  }

  #cutSteps(length: number): void {
    const all = [...Object.values(this.#x), this.#lr, this.#loss, this.#accuracy];
    for (const column of all) column.cut(length);
  }

  #cutEpochs(length: number): void {
    const all = Object.values(this.#validated);
    for (const column of [...all, this.#validationLoss, this.#validationAccuracy]) {
      column.cut(length);
    }
  }
}

/** A photo, the filter that is learned from it, and all steps of the learning. */

import { untrack } from "svelte";
import kernels from "$/filters/kernels.json";
import { FILTERS, kernelNamed, type KernelName } from "$/filters/entries";
import { Reading, written } from "$/figures/reading";
import type { State } from "$/figures/types";
import { photoNamed, photoNames, samplePhoto, type PhotoName } from "$/input/photos";
import type { Input, Target } from "$/input/types";
import {
  cropped,
  filtered,
  learn,
  MOST_LR,
  quadratic,
  selected,
  startOf,
  type Grey,
} from "$/labs/learnable_filter";

export const TARGET: Target = {
  channels: 1,
  background: [255, 255, 255],
  digits: false,
  trained: null,
  size: [1, 1],
};

/** Kernels that are a filter of their own; the misprinted one is none. */
export const NAMES = (Object.keys(kernels) as KernelName[]).filter((name) =>
  Object.hasOwn(FILTERS, name),
);
const MARKS = 70;
const START = "sobel_x";

export class FilterLearning {
  readonly #state: () => State;
  readonly #change: (changes: State) => void;
  photo = $state.raw<Grey | null>(null);
  fault = $state.raw<unknown>(null);
  /** Sample that is shown or on its way; null for a photo of the reader's own. */
  sample = $state<PhotoName | null>(null);

  constructor(state: () => State, change: (changes: State) => void) {
    this.#state = state;
    this.#change = change;
  }

  readonly setup = $derived.by(() => {
    const read = new Reading(this.#state());
    if (read.text("photo") !== "") read.word("photo", "red_panda", photoNames);
    return {
      filter: read.word<KernelName>("filter", START, NAMES),
      lr: read.decimal("lr", 1, 0.001, MOST_LR),
      momentum: read.word("momentum", "yes", ["yes", "no"] as const),
      step: read.whole("step", 0, 0, 20_000),
      ignored: read.ignored,
    };
  });
  readonly #filter = $derived.by(() => this.setup.filter);
  readonly #lr = $derived.by(() => this.setup.lr);
  readonly #momentum = $derived.by(() => this.setup.momentum);
  readonly #learning = $derived.by(() => ({ lr: this.#lr, momentum: this.#momentum === "yes" }));
  readonly named = $derived.by((): PhotoName => photoNamed(this.#state()["photo"] ?? ""));

  readonly truth = $derived.by(() => {
    const { rows, cols, values } = kernelNamed(this.#filter);
    // as square as the kernels of the filters are
    return { side: Math.max(rows, cols), values: Float64Array.from(values) };
  });
  readonly target = $derived.by(
    () => this.photo && filtered(this.photo, this.truth.values, this.truth.side),
  );
  readonly #loss = $derived.by(
    () => this.photo && this.target && quadratic(this.photo, this.target, this.truth.side),
  );
  readonly history = $derived.by(() => {
    const { values, side } = this.truth;
    return this.#loss ? learn(this.#loss, values, startOf(side), this.#learning) : [];
  });
  readonly marks = $derived.by(() => selected(Math.max(1, this.history.length), MARKS));
  readonly step = $derived.by(() =>
    Math.min(this.setup.step, Math.max(0, this.history.length - 1)),
  );
  readonly now = $derived.by(() => this.history[this.step] ?? null);
  /** Number of the last mark that is not after the step. */
  readonly mark = $derived.by(() =>
    Math.max(
      0,
      this.marks.findLastIndex((mark) => mark <= this.step),
    ),
  );
  readonly isLost = $derived.by(() => {
    const [first, last] = [this.history[0], this.history.at(-1)];
    return first !== undefined && last !== undefined && !(last.loss <= first.loss);
  });

  toMark(mark: number): void {
    this.#change({ step: written(this.marks[mark] ?? 0, 0) });
  }

  set(key: "filter" | "lr" | "momentum", value: string | number): void {
    const usual = { filter: START, lr: 1, momentum: "yes" }[key];
    this.#change({ [key]: written(value, usual), step: "" });
  }

  choosePhoto(name: PhotoName): void {
    this.#change({ photo: written(name, "red_panda") });
    void this.load(name);
  }

  take({ picture }: Input): void {
    const { width, height, data } = picture;
    this.sample = null;
    this.fault = null;
    this.photo = cropped({ width, height, data: Float64Array.from(data, (v) => v / 255) });
  }

  async load(name: PhotoName): Promise<void> {
    if (this.sample === name) return;
    this.sample = name;
    try {
      const input = await samplePhoto(name, TARGET);
      if (this.sample !== name) return;
      this.take(input);
      this.sample = name;
    } catch (error) {
      if (this.sample === name) [this.sample, this.fault] = [null, error];
    }
  }
}

/** Load the photo that the state names, while the component that calls this is there. */
export function follow(lab: FilterLearning): void {
  $effect(() => {
    const name = lab.named;
    untrack(() => void lab.load(name));
  });
}

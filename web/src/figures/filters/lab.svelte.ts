/** State of the figure: photo, filter, and the result that the worker computes. */

import { untrack } from "svelte";
import type { Image } from "$/filters/image";
import type { Done, Work } from "$/filters/messages";
import FilterWorker from "$/filters/worker?worker";
import { photoNamed, samplePhoto, type PhotoName } from "$/input/photos";
import type { Input } from "$/input/types";
import { Latest } from "$/figures/latest";
import type { StateSource } from "$/figures/source";
import { choiceOf, KEYS, read, written, type Setup } from "$/figures/filters/choice";
import { reduced, TARGET } from "$/figures/filters/photo";

export interface Place {
  readonly row: number;
  readonly col: number;
}

export class FilterLab {
  readonly #source: StateSource;
  readonly #hash = $derived.by(() => JSON.stringify(KEYS.map((key) => this.#source.get(key))));
  readonly setup = $derived.by((): Setup => {
    void this.#hash;
    return untrack(() => read((key) => this.#source.get(key)));
  });
  photo = $state.raw<Image | null>(null);
  done = $state.raw<Done | null>(null);
  fault = $state.raw<unknown>(null);
  readonly place = $derived.by((): Place | null => {
    const { photo } = this;
    if (!photo) return null;
    const [row, col] = this.#source.get("pixel").split(",").map(Number);
    const isInside = (value: number | undefined, size: number): boolean =>
      value !== undefined && Number.isInteger(value) && value >= 0 && value < size;
    if (isInside(row, photo.height) && isInside(col, photo.width))
      return { row: row ?? 0, col: col ?? 0 };
    return { row: Math.floor(photo.height / 2), col: Math.floor(photo.width / 2) };
  });

  constructor(source: StateSource) {
    this.#source = source;
  }

  /** Sample that is shown or on its way; null for a photo of the reader's own. */
  sample = $state<PhotoName | null>(null);
  readonly #worker = new Latest<Work, Done>({
    start: () => new FilterWorker(),
    ondone: (done) => {
      this.done = done;
      this.fault = null;
    },
    onfault: (fault) => {
      this.fault = fault;
    },
  });

  /** Take a photo of the reader's own; it stays in this tab. */
  take({ picture }: Input): void {
    this.sample = null;
    this.photo = reduced(picture);
    this.fault = null;
    this.#source.set({ pixel: "" });
  }

  /** The sample that the state names; one is loaded only when this changes. */
  readonly named = $derived.by((): PhotoName => photoNamed(this.#source.get("photo")));

  choosePhoto(name: PhotoName): void {
    this.#source.set({ pixel: "", photo: name === "red_panda" ? "" : name });
    void this.load(name);
  }

  async load(name: PhotoName): Promise<void> {
    if (this.sample === name) return;
    this.sample = name;
    try {
      const { picture } = await samplePhoto(name, TARGET);
      if (this.sample !== name) return;
      this.photo = reduced(picture);
      this.fault = null;
    } catch (error) {
      if (this.sample === name) [this.sample, this.fault] = [null, error];
    }
  }

  change(changes: Partial<Setup>): void {
    const none = Object.fromEntries(KEYS.map((key) => [key, ""]));
    this.#source.set({ ...none, ...written({ ...this.setup, ...changes }) });
  }

  choose(place: Place): void {
    this.#source.set({ pixel: `${place.row},${place.col}` });
  }

  /** Filter again; what comes while the worker is busy waits, and only the latest is kept. */
  run(): void {
    if (!this.photo) return;
    const { noise, border } = this.setup;
    const work = { original: this.photo, noise, choice: choiceOf(this.setup), border };
    this.#worker.ask($state.snapshot(work) as Work);
  }

  close(): void {
    this.#worker.close();
  }
}

/** Filter whenever photo or setup change, while the component that calls this is there. */
export function follow(lab: FilterLab): void {
  $effect(() => {
    const name = lab.named;
    untrack(() => void lab.load(name));
  });
  $effect(() => {
    void [lab.photo, lab.setup];
    untrack(() => lab.run());
  });
  $effect(() => () => lab.close());
}

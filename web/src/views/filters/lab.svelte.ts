/** State of the view: photo, filter, and the result that the worker computes. */

import type { Image } from "$/filters/image";
import type { Done, Work } from "$/filters/messages";
import FilterWorker from "$/filters/worker?worker";
import type { Input } from "$/input/types";
import { brief, failure } from "$/lang/failure";
import { address } from "$/views/address.svelte";
import { choiceOf, KEYS, read, written, type Setup } from "$/views/filters/choice";
import { reduced } from "$/views/filters/photo";

export interface Place {
  readonly row: number;
  readonly col: number;
}

export class FilterLab {
  readonly #hash = $derived(JSON.stringify(KEYS.map((key) => address.get(key))));
  readonly setup = $derived.by((): Setup => {
    void this.#hash;
    return read((key) => address.get(key));
  });
  photo = $state.raw<Image | null>(null);
  done = $state.raw<Done | null>(null);
  fault = $state.raw<unknown>(null);
  isBusy = $state(false);
  readonly place = $derived.by((): Place | null => {
    const { photo } = this;
    if (!photo) return null;
    const [row, col] = address.get("pixel").split(",").map(Number);
    const isInside = (value: number | undefined, size: number): boolean =>
      value !== undefined && Number.isInteger(value) && value >= 0 && value < size;
    if (isInside(row, photo.height) && isInside(col, photo.width))
      return { row: row ?? 0, col: col ?? 0 };
    return { row: Math.floor(photo.height / 2), col: Math.floor(photo.width / 2) };
  });

  #worker: Worker | null = null;
  #latest: Work | null = null;

  take({ picture }: Input): void {
    this.photo = reduced(picture);
    this.fault = null;
    address.set({ pixel: "" });
  }

  change(changes: Partial<Setup>): void {
    const none = Object.fromEntries(KEYS.map((key) => [key, ""]));
    address.set({ ...none, ...written({ ...this.setup, ...changes }) });
  }

  choose(place: Place): void {
    address.set({ pixel: `${place.row},${place.col}` });
  }

  /** Filter again; what comes while the worker is busy waits, and only the latest is kept. */
  run(): void {
    if (!this.photo) return;
    const { noise, border } = this.setup;
    const work = { original: this.photo, noise, choice: choiceOf(this.setup), border };
    this.#latest = $state.snapshot(work) as Work;
    if (!this.isBusy) this.#send();
  }

  #send(): void {
    const work = this.#latest;
    if (!work) return;
    this.#latest = null;
    this.isBusy = true;
    this.#worker ??= this.#started();
    this.#worker.postMessage(work);
  }

  #started(): Worker {
    const worker = new FilterWorker();
    worker.onmessage = ({ data }: MessageEvent<Done>) => {
      this.done = data;
      this.fault = null;
      this.isBusy = false;
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
    this.isBusy = false;
  }
}

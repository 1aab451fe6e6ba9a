/** The filmstrip of a run: frames that are fetched when they are needed, and a scrubber over them. */

import type { Tensor } from "$/model/types";
import * as api from "../api";
import type { Frame, FramePicture } from "../records";
import type { ShownRun } from "./run.svelte";

/** A picture of a frame, as numbers. */
export interface FilmPicture {
  readonly kind: FramePicture["kind"];
  readonly path: string;
  readonly tensor: Tensor;
  readonly total: number;
  readonly size: readonly [number, number];
}

const FRAME_MS = 350;
/** Frames that are fetched at once. */
const AT_ONCE = 3;

export class Film {
  /** Place of the frame that is shown; null follows the newest. */
  at = $state<number | null>(null);
  playing = $state(false);
  /** Counts the frames that have arrived. */
  arrived = $state(0);

  readonly #run: ShownRun;
  readonly #frames = new Map<number, readonly FilmPicture[]>();
  /** Largest magnitude of each picture over all frames, so that one scale serves the film. */
  readonly #reach = new Map<string, number>();
  #busy = new Set<number>();
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(run: ShownRun) {
    this.#run = run;
  }

  get count(): number {
    return this.#run.frames.length;
  }

  get place(): number {
    return Math.min(this.at ?? this.count - 1, this.count - 1);
  }

  /** Step of the frame that is shown; null where the newest is followed. */
  get step(): number | null {
    return this.at === null ? null : (this.#run.frames[this.place]?.step ?? null);
  }

  /** Pictures of the frame that is shown, or of the last one before it that has arrived. */
  get pictures(): readonly FilmPicture[] {
    void this.arrived;
    for (let i = this.place; i >= 0; i--) {
      const known = this.#frames.get(this.#run.frames[i]?.step ?? -1);
      if (known) return known;
    }
    return [];
  }

  reach(kind: string, path: string): number {
    void this.arrived;
    return this.#reach.get(`${kind} ${path}`) ?? 1;
  }

  /** Fetch frames that are missing, those near the shown one first. */
  fetch(): void {
    const near = this.place;
    const missing = this.#run.frames
      .map(({ step }, index) => ({ step, far: Math.abs(index - near) }))
      .filter(({ step }) => !this.#frames.has(step) && !this.#busy.has(step))
      .sort((one, other) => one.far - other.far);
    for (const { step } of missing.slice(0, AT_ONCE - this.#busy.size)) void this.#load(step);
  }

  async #load(step: number): Promise<void> {
    this.#busy.add(step);
    try {
      const frame = await api.frame(this.#run.id, step);
      this.#frames.set(
        step,
        picturesOf(frame, (key, reach) => this.#widen(key, reach)),
      );
      this.arrived += 1;
    } catch {
      this.#frames.set(step, []); // a frame that was thinned out meanwhile
    } finally {
      this.#busy.delete(step);
      this.fetch();
    }
  }

  #widen(key: string, reach: number): void {
    this.#reach.set(key, Math.max(reach, this.#reach.get(key) ?? 0));
  }

  show(place: number): void {
    const last = this.count - 1;
    this.at = place >= last ? null : Math.max(0, place);
    this.fetch();
  }

  toggle(): void {
    if (this.playing) {
      this.stop();
      return;
    }
    if (this.at === null) this.at = 0;
    this.playing = true;
    this.#timer = setInterval(() => this.#next(), FRAME_MS);
  }

  #next(): void {
    const next = this.#run.frames[this.place + 1];
    if (!next) {
      this.at = null;
      this.stop();
      return;
    }
    // wait for a frame that is on its way
    if (this.#frames.has(next.step)) this.show(this.place + 1);
    else this.fetch();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.playing = false;
  }

  /** Forget frames that are no longer those of the run, as after it was resumed. */
  keep(): void {
    const steps = new Set(this.#run.frames.map(({ step }) => step));
    for (const step of this.#frames.keys()) if (!steps.has(step)) this.#frames.delete(step);
  }
}

function picturesOf(frame: Frame, widen: (key: string, reach: number) => void): FilmPicture[] {
  return frame.pictures.map(({ kind, path, shape, total, size, zero, scale, values }) => {
    const bytes = atob(values);
    const data = new Float32Array(bytes.length);
    let reach = 0;
    for (let i = 0; i < data.length; i++) {
      const value = (bytes.charCodeAt(i) - zero) * scale;
      data[i] = value;
      reach = Math.max(reach, Math.abs(value));
    }
    widen(`${kind} ${path}`, reach);
    return { kind, path, tensor: { shape, data }, total, size };
  });
}

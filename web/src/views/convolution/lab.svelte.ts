/** State of the view: it is all in the address, apart from the animation. */

import { convolution, output, productsOf, type Convolution } from "$/labs/convolution";
import type { Numbers, Operands, Pair, Product, Settings } from "$/labs/convolution";
import { address } from "$/views/address.svelte";
import {
  KEYS,
  operandsOf,
  read,
  written,
  type PresetName,
  type Setup,
} from "$/views/convolution/setup";

const STEP_MS = 700;

export class Lab {
  // a text, so that other keys of the address compute nothing again
  readonly #hash = $derived(
    JSON.stringify(KEYS.filter((key) => key !== "unit").map((key) => address.get(key))),
  );
  readonly setup = $derived.by((): Setup => {
    void this.#hash;
    return read((key) => address.get(key));
  });
  readonly operands = $derived<Operands>(operandsOf(this.setup));
  readonly #result = $derived.by((): { lab: Convolution | null; fault: unknown } => {
    try {
      return { lab: convolution(this.operands, this.setup.settings), fault: null };
    } catch (fault) {
      return { lab: null, fault };
    }
  });
  readonly lab = $derived(this.#result.lab);
  readonly fault = $derived(this.#result.fault);
  readonly output = $derived<Numbers | null>(this.lab && output(this.lab));
  readonly count = $derived(this.output?.data.length ?? 0);
  /** The output value that is explained. */
  readonly place = $derived.by(() => {
    const value = Number(address.get("unit"));
    return Number.isInteger(value) && value >= 0 && value < this.count ? value : 0;
  });
  readonly products = $derived<readonly Product[]>(
    this.lab ? productsOf(this.lab, this.place) : [],
  );

  isPlaying = $state(false);
  #timer: ReturnType<typeof setInterval> | undefined;

  change(changes: Partial<Setup>): void {
    this.#write({ ...this.setup, ...changes });
  }

  set(changes: Partial<Settings>): void {
    this.change({ settings: { ...this.setup.settings, ...changes } });
  }

  preset(name: PresetName): void {
    this.pause();
    const none = Object.fromEntries(KEYS.map((key) => [key, ""]));
    address.set({ ...none, example: name === "start" ? "" : name });
  }

  random(): void {
    this.change({ seed: (this.setup.seed + 1) % 10_000, x: null, w: null, b: null });
  }

  edit(which: "x" | "w" | "b", place: number, value: number): void {
    const { x, w, b } = this.operands;
    const data = [...{ x: x.data, w: w.data, b }[which]];
    data[place] = value;
    // all three stay as they are when one is edited
    this.change({ x: x.data, w: w.data, b, [which]: data });
  }

  choose(place: number): void {
    address.set({ unit: place === 0 ? "" : String(place) });
  }

  step(by: number): void {
    this.choose((this.place + by + this.count) % Math.max(1, this.count));
  }

  play(): void {
    if (this.isPlaying) return;
    this.isPlaying = true;
    this.#timer = setInterval(() => this.step(1), STEP_MS);
  }

  pause(): void {
    clearInterval(this.#timer);
    this.isPlaying = false;
  }

  #write(setup: Setup): void {
    const none = Object.fromEntries(KEYS.map((key) => [key, ""]));
    address.set({ ...none, unit: address.get("unit"), ...written(setup) });
  }
}

export type { Pair };

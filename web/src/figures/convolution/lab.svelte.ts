/** State of the figure: all of it is in its source, apart from the animation. */

import { untrack } from "svelte";
import { convolution, output, productsOf, type Convolution } from "$/labs/convolution";
import type { Numbers, Operands, Pair, Product, Settings } from "$/labs/convolution";
import { refused } from "$/figures/convolution/refused";
import {
  baseOf,
  KEYS,
  operandsOf,
  presetOf,
  read,
  START,
  written,
  type PresetName,
  type Setup,
} from "$/figures/convolution/setup";
import { Player } from "$/figures/player.svelte";
import { whole, type StateSource } from "$/figures/source";

export class Lab {
  readonly #source: StateSource;
  // a text, so that other keys compute nothing again
  readonly #hash = $derived.by(() =>
    JSON.stringify(KEYS.filter((key) => key !== "unit").map((key) => this.#source.get(key))),
  );
  readonly setup = $derived.by((): Setup => {
    void this.#hash;
    return untrack(() => read((key) => this.#source.get(key)));
  });
  /** The preset whose values nothing replaces; "own" for settings of one's own. */
  readonly preset = $derived.by((): PresetName | "own" => {
    void this.#hash;
    return untrack(() => presetOf((key) => this.#source.get(key)));
  });
  readonly operands = $derived<Operands>(operandsOf(this.setup));
  readonly #result = $derived.by((): { lab: Convolution | null; fault: unknown } => {
    try {
      return { lab: convolution(this.operands, this.setup.settings), fault: null };
    } catch (fault) {
      return { lab: null, fault };
    }
  });
  /** Values of the source that are no settings. */
  readonly ignored = $derived.by(() => {
    void this.#hash;
    return untrack(() => refused((key) => this.#source.get(key)));
  });
  readonly lab = $derived(this.#result.lab);
  readonly fault = $derived(this.#result.fault);
  readonly output = $derived<Numbers | null>(this.lab && output(this.lab));
  readonly count = $derived(this.output?.data.length ?? 0);
  /** The output value that is explained. */
  readonly place = $derived.by(() => {
    return whole(this.#source.get("unit"), [0, this.count - 1], 0);
  });
  readonly products = $derived<readonly Product[]>(
    this.lab ? productsOf(this.lab, this.place) : [],
  );

  readonly player = new Player(() => this.step(1));

  constructor(source: StateSource) {
    this.#source = source;
  }

  change(changes: Partial<Setup>): void {
    this.#write({ ...this.setup, ...changes });
  }

  set(changes: Partial<Settings>): void {
    this.change({ settings: { ...this.setup.settings, ...changes } });
  }

  choosePreset(name: PresetName): void {
    this.player.pause();
    const none = Object.fromEntries(KEYS.map((key) => [key, ""]));
    this.#source.set({ ...none, example: name === "start" ? "" : name });
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
    this.#source.set({ unit: place === 0 ? "" : String(place) });
  }

  step(by: number): void {
    this.choose((this.place + by + this.count) % Math.max(1, this.count));
  }

  #write(setup: Setup): void {
    const example = this.#source.get("example");
    const base = baseOf(example);
    // random numbers cannot be written over those of an example
    const isOver = (["x", "w", "b"] as const).every((key) => setup[key] || !base[key]);
    const none = Object.fromEntries(KEYS.filter((key) => key !== "unit").map((key) => [key, ""]));
    const values = isOver ? { example, ...written(setup, base) } : written(setup, START);
    this.#source.set({ ...none, ...values });
  }
}

export type { Pair };

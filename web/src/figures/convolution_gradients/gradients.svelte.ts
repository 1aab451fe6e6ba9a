/** One number of a gradient as a sum of products, one for each window that uses it. */

import { inputGradient, kernelGradient, type Numbers, type Product } from "$/labs/convolution";
import type { Lab } from "$/figures/convolution/lab.svelte";
import { numbersOf } from "$/figures/convolution/setup";
import { oneOf, whole, type StateSource } from "$/figures/source";

export const OF = ["kernel", "input"] as const;
export type Of = (typeof OF)[number];

export class GradientLab {
  readonly lab: Lab;
  readonly #source: StateSource;

  constructor(lab: Lab, source: StateSource) {
    this.lab = lab;
    this.#source = source;
  }

  readonly of = $derived.by((): Of => oneOf(this.#source.get("of"), OF));
  /** dL/dy, one for each output: ones, as for the sum of all outputs, or numbers of one's own. */
  readonly upstream = $derived.by((): readonly number[] => {
    const own = numbersOf(this.#source.get("g"));
    return own?.length === this.lab.count ? own : new Array<number>(this.lab.count).fill(1);
  });
  readonly gradient = $derived.by((): Numbers => {
    const { lab } = this.lab;
    if (!lab) return { shape: [1, 1, 1], data: [0] };
    return this.of === "kernel"
      ? kernelGradient(lab, this.upstream)
      : inputGradient(lab, this.upstream);
  });
  /** The number of the gradient that is explained. */
  readonly place = $derived.by(() =>
    whole(this.#source.get("unit"), [0, this.gradient.data.length - 1], 0),
  );
  readonly products = $derived.by((): readonly Product[] => {
    const key = this.of === "kernel" ? "w" : "x";
    return (this.lab.lab?.products ?? []).filter((one) => one.x >= 0 && one[key] === this.place);
  });

  choose(place: number): void {
    this.#source.set({ unit: place === 0 ? "" : String(place) });
  }

  turn(of: Of): void {
    this.#source.set({ of: of === "kernel" ? "" : of, unit: "" });
  }

  editUpstream(place: number, value: number): void {
    const numbers = this.upstream.map((old, n) => (n === place ? value : old));
    this.#source.set({ g: numbers.every((one) => one === 1) ? "" : numbers.join(",") });
  }
}

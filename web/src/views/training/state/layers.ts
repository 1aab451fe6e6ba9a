/** History of the figures of each layer, for the small lines beside them. */

import type { LayerStatistics } from "$/engine/types";

/** Figures of a layer that are kept. */
export interface LayerPoint {
  readonly step: number;
  readonly std: number;
  readonly dead: number;
  readonly gradientRms: number;
  readonly updateRatio: number;
}

const MOST = 120;

export class LayerHistory {
  readonly #points = new Map<string, LayerPoint[]>();

  /** Add the figures of a step; later ones, as of a run that was resumed earlier, are dropped. */
  add(step: number, layers: readonly LayerStatistics[]): void {
    for (const { path, std, dead, gradientRms, parameters } of layers) {
      const weight = parameters.find(({ name }) => name.endsWith("weight"));
      const before = (this.#points.get(path) ?? []).filter((point) => point.step < step);
      const kept = before.length < MOST ? before : before.filter((_, index) => index % 2 === 0);
      const updateRatio = weight?.updateRatio ?? NaN;
      this.#points.set(path, [...kept, { step, std, dead, gradientRms, updateRatio }]);
    }
  }

  of(path: string): readonly LayerPoint[] {
    return this.#points.get(path) ?? [];
  }
}

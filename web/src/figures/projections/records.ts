/** Units of SqueezeNet: tools/lesson_projections.py writes `units.json` and a sheet for each layer. */

import { dataJson } from "$/figures/data";

export interface Unit {
  readonly unit: number;
  /** Activations of the nine patches, strongest first. */
  readonly values: readonly number[];
}

export interface Layer {
  readonly layer: string;
  readonly channels: number;
  /** Side of the receptive field in pixels. */
  readonly field: number;
  readonly units: readonly Unit[];
}

export interface Units {
  /** Side of a tile of the sheets in pixels. */
  readonly tile: number;
  /** Number of photos that were shown to the network. */
  readonly photos: number;
  readonly layers: readonly Layer[];
}

export const readUnits = async (): Promise<Units> =>
  (await dataJson("projections/units.json")) as Units;

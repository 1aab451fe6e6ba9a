/** Receptive field of the middle unit of a layer, on the input. */

import type { LayerRow } from "$/views/zoo/records";

export interface FieldBox {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/** Return the first pixel that a unit reads along one axis: start + position x stride. */
const firstOf = (start: number, stride: number | null, size: number): number =>
  start + Math.floor((size - 1) / 2) * (stride ?? 0);

/** Return the box that the middle unit of a layer reads; it may reach beyond the input. */
export function fieldBox(row: LayerRow): FieldBox {
  const [height, width] = row.field_size;
  const isMap = row.output_shape.length === 3;
  const [rows, columns] = isMap ? [row.output_shape[1] ?? 1, row.output_shape[2] ?? 1] : [1, 1];
  return {
    top: firstOf(row.field_start[0], row.field_stride[0], rows),
    left: firstOf(row.field_start[1], row.field_stride[1], columns),
    height,
    width,
  };
}

/** Return the main path: its rows have growing receptive fields. */
export const mainRows = (rows: readonly LayerRow[]): readonly LayerRow[] =>
  rows.filter((row) => !row.auxiliary);

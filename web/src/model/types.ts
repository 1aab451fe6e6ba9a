/** Types that all parts of a page share. */

/** A dense array of one image, row by row: [C, H, W] of a layer's maps, or [F] of a vector. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Pixels of an image, row by row, channels innermost. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly data: Uint8Array;
}

export type * from "$/model/manifest";

/** What the page and the worker of the filters exchange. */

import type { Choice } from "$/filters/entries";
import type { Border, Image } from "$/filters/image";
import type { Result } from "$/filters/linear";
import type { Noise } from "$/filters/noise";

export interface Work {
  readonly original: Image;
  readonly noise: Noise;
  readonly choice: Choice;
  readonly border: Border;
}

export interface Done {
  /** The image with noise. */
  readonly input: Image;
  readonly result: Result;
  /** How near input and result are to the original, where it has noise. */
  readonly quality: {
    readonly before: Likeness;
    readonly after: Likeness;
  } | null;
  readonly milliseconds: number;
}

export interface Likeness {
  /** Decibels. */
  readonly psnr: number;
  readonly ssim: number;
}

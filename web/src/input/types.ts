/** Images that users bring: what the parts of `input/` hand to the page. */

import type { Failure } from "$/lang/failure";
import type { Picture } from "$/model/types";

export interface Input {
  readonly picture: Picture;
  /** Name of a file or sample; text only, it may come from anyone. "" for drawings. */
  readonly name: string;
  /** What was done that the user should know: keys of texts and values. */
  readonly notes: readonly Failure[];
}

/** What the pictures have to be for a network. */
export interface Target {
  readonly channels: 1 | 3;
  /** Background of transparent images, 0 to 255. */
  readonly background: readonly [number, number, number];
  /** Whether photos and drawings are prepared as digits of MNIST. */
  readonly digits: boolean;
  /** Background of the images of its training, where it is known. */
  readonly trained: "dark" | "light" | null;
  /** [H, W] of the network's input. */
  readonly size: readonly [number, number];
}

/** Receives pictures; the camera waits for it before it takes the next one. */
export type OnInput = (input: Input) => void | Promise<void>;

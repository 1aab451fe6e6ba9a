/** SqueezeNet's answers to the photos of the page, and the names of ImageNet's classes. */

import { dataAddress, dataJson } from "$/figures/data";
import { choice } from "$/lang/index.svelte";

export const PHOTOS = [
  "red_panda",
  "cat",
  "coffee",
  "rocket",
  "clownfish",
  "goldfish",
  "pufferfish",
  "tower_of_pisa",
  "old_hammer",
  "claw_hammer",
  "sledgehammer",
  "phillips_screwdriver",
  "kinderdijk",
  "multimeter",
] as const;
export type PhotoName = (typeof PHOTOS)[number];

/** A class by its place in the logits, and its probability. */
export type Share = readonly [index: number, probability: number];

export interface PhotoAnswer {
  readonly photo: PhotoName;
  /** The class that a person would name; null where ImageNet has none for it. */
  readonly label: number | null;
  /** The ten most probable classes, best first. */
  readonly top: readonly Share[];
}

export const photoAddress = (name: PhotoName): string =>
  dataAddress(`squeezenet/samples/${name}.jpg`);

export const readAnswers = async (): Promise<readonly PhotoAnswer[]> =>
  (await dataJson("squeezenet/answers.json")) as readonly PhotoAnswer[];

/** Names of the classes in the language of the page. */
export const readLabels = async (): Promise<readonly string[]> =>
  (await dataJson(`imagenet.${choice.language}.json`)) as readonly string[];

/** Return the most probable classes, best first. */
export function ranked(probabilities: Float32Array, count: number): Share[] {
  return Array.from(probabilities, (share, index): Share => [index, share])
    .sort((one, two) => two[1] - one[1])
    .slice(0, count);
}

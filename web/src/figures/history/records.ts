/** Published errors by year, as convscope.lessons.data.history writes them. */

import { dataJson } from "$/figures/data";
import { choice } from "$/lang/index.svelte";

export const PROTOCOLS = ["competition", "crops", "crop"] as const;
export type Protocol = (typeof PROTOCOLS)[number];

export interface Point {
  readonly year: number;
  readonly name: string;
  readonly network: string;
  /** Per cent. */
  readonly top5: number;
  readonly detail: string;
  readonly source: string;
  readonly is_network: boolean;
}

export interface Errors {
  readonly protocol: Protocol;
  readonly description: string;
  readonly points: readonly Point[];
  /** Error of a person, per cent. */
  readonly human: number;
  readonly human_source: string;
}

export interface Training {
  readonly name: string;
  readonly machine: string;
  readonly time: string;
  readonly epochs: string;
  readonly source: string;
}

export interface History {
  readonly protocols: readonly Errors[];
  readonly training: readonly Training[];
}

export const readHistory = async (): Promise<History> =>
  (await dataJson(`history.${choice.language}.json`)) as History;

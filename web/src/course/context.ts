/** What the parts of a chapter share: the figures' settings and the links of the course. */

import { createContext } from "svelte";
import type { Chapter } from "$/course/records";
import type { State } from "$/figures/types";

/** Addresses of the course: those of the site and those of the studio differ. */
export interface Links {
  home(): string;
  /** Address of a chapter, or of a section of it. */
  chapter(id: string, section?: string): string;
  sheet(id: string): string;
  /** Address of the page that shows one figure alone; null where there is none. */
  readonly embed: ((lab: string, settings: State) => string) | null;
}

export interface Reading {
  readonly chapter: Chapter;
  readonly links: Links;
  /** On paper: nothing answers a click. */
  readonly isSheet: boolean;
  /** Return the settings of a figure of the chapter. */
  settings(figure: string): State;
  change(figure: string, changes: State): void;
  /** Show the figure with the settings of the chapter and these, as presets do. */
  preset(figure: string, state: State): void;
  /** The same for a phrase of the text; the figure comes into view. */
  drive(figure: string, state: State): void;
  /** Return whether the figure shows what a phrase or preset sets. */
  isShown(figure: string, state: State): boolean;
  /** The figure that a phrase called into view, and how often one did. */
  readonly called: { readonly figure: string; readonly count: number };
}

export const [getReading, setReading] = createContext<Reading>();

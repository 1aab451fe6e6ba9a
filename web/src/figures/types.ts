/** Figures: labs that text, presets and addresses drive. */

import type { Component } from "svelte";
import type { Key } from "$/lang/index.svelte";

/** Settings of a figure as texts, as an address holds them; a missing key has its default. */
export type State = Readonly<Record<string, string>>;

/**
 * Props of figures/NAME/Figure.svelte. A figure is controlled: it draws `state` and never keeps a
 * setting of its own. Destructure as `let { state: settings, change }: FigureProps = $props()`,
 * since a variable `state` would hide the rune `$state`.
 */
export interface FigureProps {
  readonly state: State;
  /** Change some of the settings; "" removes a key, which has its default then. */
  readonly change: (changes: State) => void;
}

export interface FigureEntry {
  readonly load: () => Promise<{ readonly default: Component<FigureProps> }>;
  /** Name of the figure, for its heading and for screen readers. */
  readonly title: Key;
}

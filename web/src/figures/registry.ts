/** The figures by the name of their lab, in alphabetical order; each is loaded when it is shown. */

import type { FigureEntry } from "$/figures/types";

export const FIGURES: Readonly<Record<string, FigureEntry>> = {
  convolution: {
    load: () => import("$/figures/convolution/Figure.svelte"),
    title: "convolution.title",
  },
  filters: { load: () => import("$/figures/filters/Figure.svelte"), title: "filters.title" },
  // name: { load: () => import("$/figures/name/Figure.svelte"), title: "part.key" },
};

/** Return the figure of a lab; undefined for a name that is not in the registry. */
export const figureOf = (lab: string): FigureEntry | undefined =>
  Object.hasOwn(FIGURES, lab) ? FIGURES[lab] : undefined;

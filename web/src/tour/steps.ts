/** Steps of the tour: a view, an element of it, and two texts. */

import type { Key } from "$/lang/index.svelte";

export interface Step {
  readonly view: string;
  /** Selectors of what is pointed at; the first that is in view counts. None: nothing. */
  readonly targets: readonly string[];
  readonly title: Key;
  readonly about: Key;
}

const HEADING = "main .heading";

export const STEPS: readonly Step[] = [
  { view: "home", targets: [], title: "tour.welcome", about: "tour.welcome.about" },
  {
    view: "zoo",
    targets: ["main [data-tour=zoo-list]", HEADING],
    title: "zoo.title",
    about: "tour.zoo",
  },
  {
    view: "build",
    targets: ["main [data-tour=build-canvas]", HEADING],
    title: "build.title",
    about: "tour.build",
  },
  {
    view: "data",
    targets: ["main [data-tour=data-list]", HEADING],
    title: "sets.title",
    about: "tour.data",
  },
  {
    view: "training",
    targets: ["main [data-tour=training-form]", HEADING],
    title: "training.title",
    about: "tour.training",
  },
  {
    view: "runs",
    targets: ["main [data-tour=runs-list]", HEADING],
    title: "runs.title",
    about: "tour.runs",
  },
  {
    view: "look",
    targets: ["main [data-tour=look-model]", HEADING],
    title: "visuals.title",
    about: "tour.look",
  },
  {
    view: "evaluate",
    targets: ["main [data-tour=evaluate-model]", HEADING],
    title: "evaluate.title",
    about: "tour.evaluate",
  },
  {
    view: "convolution",
    targets: ["main [data-tour=convolution-stage]", HEADING],
    title: "tour.labs",
    about: "tour.labs.about",
  },
  { view: "home", targets: ["[data-tour=jobs]"], title: "jobs.title", about: "tour.jobs" },
  {
    view: "home",
    targets: ["[data-tour=palette]"],
    title: "tour.end",
    about: "tour.end.about",
  },
];

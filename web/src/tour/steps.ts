/** Steps of the tour: a view, an element of it, and two texts. */

import type { Key } from "$/lang/index.svelte";

export interface Step {
  readonly view: string;
  /** Selectors of what is pointed at; the first that is in view counts. None: nothing. */
  readonly targets: readonly string[];
  readonly title: Key;
  readonly about: Key;
}

/** What a view shows below its heading. */
const CONTENT: readonly string[] = ["main .heading + *", "main .heading"];

export const STEPS: readonly Step[] = [
  { view: "home", targets: [], title: "tour.welcome", about: "tour.welcome.about" },
  {
    view: "zoo",
    targets: CONTENT,
    title: "zoo.title",
    about: "tour.zoo",
  },
  {
    view: "build",
    targets: CONTENT,
    title: "build.title",
    about: "tour.build",
  },
  {
    view: "data",
    targets: CONTENT,
    title: "sets.title",
    about: "tour.data",
  },
  {
    view: "training",
    targets: CONTENT,
    title: "training.title",
    about: "tour.training",
  },
  {
    view: "runs",
    targets: CONTENT,
    title: "runs.title",
    about: "tour.runs",
  },
  {
    view: "look",
    targets: CONTENT,
    title: "visuals.title",
    about: "tour.look",
  },
  {
    view: "evaluate",
    targets: CONTENT,
    title: "evaluate.title",
    about: "tour.evaluate",
  },
  {
    view: "convolution",
    targets: CONTENT,
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

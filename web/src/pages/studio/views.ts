/** The views of the studio: one line each; their code is loaded when they are opened. */

import type { Component } from "svelte";
import type { Key } from "$/lang/index.svelte";
import type { Icon } from "$/pages/studio/icons";

export type Group = "home" | "networks" | "training" | "understanding" | "labs";

export interface View {
  /** Its name in the address: #view=zoo. */
  readonly id: string;
  readonly group: Group;
  readonly title: Key;
  readonly about: Key;
  readonly icon: Icon;
  readonly load: () => Promise<{ readonly default: Component }>;
}

export const VIEWS: readonly View[] = [
  {
    id: "home",
    group: "home",
    title: "home.title",
    about: "home.about",
    icon: "home",
    load: () => import("$/views/home/View.svelte"),
  },
  {
    id: "lessons",
    group: "home",
    title: "course.lessons.title",
    about: "course.lessons.about",
    icon: "lessons",
    load: () => import("$/views/lessons/View.svelte"),
  },
  {
    id: "zoo",
    group: "networks",
    title: "zoo.title",
    about: "zoo.about",
    icon: "zoo",
    load: () => import("$/views/zoo/View.svelte"),
  },
  {
    id: "build",
    group: "networks",
    title: "build.title",
    about: "build.about",
    icon: "build",
    load: () => import("$/views/build/View.svelte"),
  },
  {
    id: "data",
    group: "training",
    title: "sets.title",
    about: "sets.about",
    icon: "data",
    load: () => import("$/views/data/View.svelte"),
  },
  {
    id: "training",
    group: "training",
    title: "training.title",
    about: "training.about",
    icon: "training",
    load: () => import("$/views/training/View.svelte"),
  },
  {
    id: "runs",
    group: "training",
    title: "runs.title",
    about: "runs.about",
    icon: "runs",
    load: () => import("$/views/runs/View.svelte"),
  },
  {
    id: "look",
    group: "understanding",
    title: "visuals.title",
    about: "visuals.about",
    icon: "look",
    load: () => import("$/views/look/studio/View.svelte"),
  },
  {
    id: "evaluate",
    group: "understanding",
    title: "evaluate.title",
    about: "evaluate.about",
    icon: "evaluate",
    load: () => import("$/views/evaluate/View.svelte"),
  },
  {
    id: "filters",
    group: "labs",
    title: "filters.title",
    about: "filters.about",
    icon: "filters",
    load: () => import("$/views/filters/View.svelte"),
  },
  {
    id: "convolution",
    group: "labs",
    title: "convolution.title",
    about: "convolution.about",
    icon: "convolution",
    load: () => import("$/views/convolution/View.svelte"),
  },
];

export const GROUPS: readonly { readonly id: Group; readonly title: Key | null }[] = [
  { id: "home", title: null },
  { id: "networks", title: "studio.group.networks" },
  { id: "training", title: "studio.group.training" },
  { id: "understanding", title: "studio.group.understanding" },
  { id: "labs", title: "studio.group.labs" },
];

/** The figures by the name of their lab, in alphabetical order; each is loaded when it is shown. */

import type { FigureEntry } from "$/figures/types";

export const FIGURES: Readonly<Record<string, FigureEntry>> = {
  activations: {
    load: () => import("$/figures/activations/Figure.svelte"),
    title: "basics.activations.title",
  },
  architecture: {
    load: () => import("$/figures/architecture/Figure.svelte"),
    title: "nets.architecture.title",
  },
  classify: {
    load: () => import("$/figures/classify/Figure.svelte"),
    title: "nets.classify.title",
  },
  comparison: {
    load: () => import("$/figures/comparison/Figure.svelte"),
    title: "nets.comparison.title",
  },
  connectivity: {
    load: () => import("$/figures/connectivity/Figure.svelte"),
    title: "labsB.connectivity",
  },
  convolution: {
    load: () => import("$/figures/convolution/Figure.svelte"),
    title: "convolution.title",
  },
  convolution_gradients: {
    load: () => import("$/figures/convolution_gradients/Figure.svelte"),
    title: "labsB.gradients",
  },
  depth_concat: {
    load: () => import("$/figures/depth_concat/Figure.svelte"),
    title: "basics.concat.title",
  },
  descent: { load: () => import("$/figures/descent/Figure.svelte"), title: "basics.descent.title" },
  filters: { load: () => import("$/figures/filters/Figure.svelte"), title: "filters.title" },
  first_kernels: {
    load: () => import("$/figures/first_kernels/Figure.svelte"),
    title: "nets.kernels.title",
  },
  gradient_flow: {
    load: () => import("$/figures/gradient_flow/Figure.svelte"),
    title: "labsB.flow",
  },
  history: { load: () => import("$/figures/history/Figure.svelte"), title: "nets.history.title" },
  laplacian: {
    load: () => import("$/figures/laplacian/Figure.svelte"),
    title: "basics.laplacian.title",
  },
  learnable_filter: {
    load: () => import("$/figures/learnable_filter/Figure.svelte"),
    title: "labsB.learn",
  },
  mlp_size: { load: () => import("$/figures/mlp_size/Figure.svelte"), title: "basics.mlp.title" },
  network: { load: () => import("$/figures/network/Figure.svelte"), title: "nets.inside.title" },
  object_sizes: {
    load: () => import("$/figures/object_sizes/Figure.svelte"),
    title: "basics.sizes.title",
  },
  paper_table: {
    load: () => import("$/figures/paper_table/Figure.svelte"),
    title: "nets.printed.title",
  },
  pixels: { load: () => import("$/figures/pixels/Figure.svelte"), title: "basics.pixels.title" },
  pooling_shift: {
    load: () => import("$/figures/pooling_shift/Figure.svelte"),
    title: "basics.shift.title",
  },
  pooling_windows: {
    load: () => import("$/figures/pooling_windows/Figure.svelte"),
    title: "basics.pool.title",
  },
  projections: {
    load: () => import("$/figures/projections/Figure.svelte"),
    title: "nets.projections.title",
  },
  receptive_field: {
    load: () => import("$/figures/receptive_field/Figure.svelte"),
    title: "labsB.field",
  },
  separable: {
    load: () => import("$/figures/separable/Figure.svelte"),
    title: "labsB.separable",
  },
  softmax: { load: () => import("$/figures/softmax/Figure.svelte"), title: "basics.softmax.title" },
  squeeze_excitation: {
    load: () => import("$/figures/squeeze_excitation/Figure.svelte"),
    title: "labsB.squeeze",
  },
  surface: { load: () => import("$/figures/surface/Figure.svelte"), title: "basics.surface.title" },
  top5: { load: () => import("$/figures/top5/Figure.svelte"), title: "nets.top5.title" },
  train: { load: () => import("$/figures/train/Figure.svelte"), title: "nets.train.title" },
};

/** Return the figure of a lab; undefined for a name that is not in the registry. */
export const figureOf = (lab: string): FigureEntry | undefined =>
  Object.hasOwn(FIGURES, lab) ? FIGURES[lab] : undefined;

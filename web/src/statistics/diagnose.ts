/** Words for what the figures of a training say: dead units, vanishing gradients, too large steps. */

import type { LayerStatistics, ParameterStatistics } from "$/engine/types";
import type { Key } from "$/lang/index.svelte";

/** One sentence about a layer, or about the whole network (path ""). */
export interface Finding {
  readonly path: string;
  readonly key: Key;
  readonly values: Readonly<Record<string, string | number>>;
}

export interface Progress {
  readonly step: number;
  readonly classes: number;
  /** Mean of the last steps. */
  readonly loss: number;
  readonly accuracy: number;
  /** Share of the held-out images, at the last evaluation; NaN before. */
  readonly heldOut: number;
  readonly learningRate: number;
  /** Learning rate now as a share of its peak: steps of a warm-up, or of the end, are small. */
  readonly scheduled?: number;
}

const FIRST_STEPS = 20; // before them figures say more about the initial weights
const DEAD = 0.4;
const SATURATED = 0.5;
/** Change of the weights in one step, in proportion to them. */
const LARGE_UPDATE = 0.1;
/** Below it nothing changes, unless the schedule keeps the rate low. */
const SMALL_UPDATE = 1e-5;
const LEAST_SCHEDULED = 0.3;
/** Gradient in proportion to the weights, against the layer where it is largest. */
const VANISHED = 1e-3;
const EXPLODED = 100;
/** Steps without any progress below the loss of guessing. */
const GUESSING_STEPS = 150;
const OVERFIT = 0.04;

/** Return sentences about each layer, then about the whole network; none while it starts. */
export function diagnose(layers: readonly LayerStatistics[], progress: Progress): Finding[] {
  if (progress.step < FIRST_STEPS) return [];
  const units = layers.flatMap((layer, index) => aboutUnits(layer, layers[index - 1]));
  const whole = aboutProgress(progress);
  // dead units have another remedy than a larger learning rate
  const further =
    units.length > 0 ? whole.filter(({ key }) => key !== "statistics.find.guessing") : whole;
  return [...units, ...aboutGradients(layers), ...aboutSteps(layers, progress), ...further];
}

/** A rate so small that no layer changes: one sentence for all. */
function aboutSteps(layers: readonly LayerStatistics[], { scheduled = 1 }: Progress): Finding[] {
  const ratios = layers.flatMap((layer) => kernelOf(layer)?.updateRatio ?? []);
  const isSmall = ratios.length > 0 && ratios.every((ratio) => ratio < SMALL_UPDATE);
  if (!isSmall || scheduled < LEAST_SCHEDULED) return [];
  return [{ path: "", key: "statistics.find.smallSteps", values: {} }];
}

const whole = (share: number): number => Math.round(100 * share);

function aboutUnits(
  { path, dead, saturated }: LayerStatistics,
  before: LayerStatistics | undefined,
): Finding[] {
  const findings: Finding[] = [];
  // pooling passes dead units on: the first layer is named
  if (dead >= DEAD && (before?.dead ?? 0) < DEAD) {
    findings.push({
      path,
      key: "statistics.find.dead",
      values: { layer: path, share: whole(dead) },
    });
  }
  if (saturated >= SATURATED) {
    const values = { layer: path, share: whole(saturated) };
    findings.push({ path, key: "statistics.find.saturated", values });
  }
  return findings;
}

function kernelOf(layer: LayerStatistics): ParameterStatistics | undefined {
  return layer.parameters.find(({ name }) => name.endsWith("weight"));
}

function aboutGradients(layers: readonly LayerStatistics[]): Finding[] {
  const relative = layers.flatMap((layer) => {
    const kernel = kernelOf(layer);
    if (!kernel || kernel.weightNorm === 0) return [];
    const size = kernel.gradientNorm / kernel.weightNorm;
    return [{ path: layer.path, size, update: kernel.updateRatio }];
  });
  const largest = Math.max(0, ...relative.map(({ size }) => size));
  return relative.flatMap(({ path, size, update }): Finding[] => {
    if (size > EXPLODED)
      return [{ path, key: "statistics.find.exploding", values: { layer: path } }];
    if (update > LARGE_UPDATE) {
      const values = { layer: path, share: whole(update) };
      return [{ path, key: "statistics.find.largeSteps", values }];
    }
    if (largest > 0 && size < VANISHED * largest) {
      return [{ path, key: "statistics.find.vanishing", values: { layer: path } }];
    }
    return [];
  });
}

function aboutProgress(progress: Progress): Finding[] {
  const { step, classes, loss, accuracy, heldOut, learningRate } = progress;
  const guessing = Math.log(classes);
  const smaller = rounded(learningRate / 10);
  if (loss > 1.5 * guessing) {
    return [{ path: "", key: "statistics.find.diverging", values: { rate: smaller } }];
  }
  if (step > GUESSING_STEPS && Math.abs(loss - guessing) < 0.02 * guessing) {
    const values = { loss: rounded(guessing), classes };
    return [{ path: "", key: "statistics.find.guessing", values }];
  }
  if (accuracy - heldOut > OVERFIT) {
    const values = { train: whole(accuracy), heldOut: whole(heldOut) };
    return [{ path: "", key: "statistics.find.overfitting", values }];
  }
  return [];
}

/** Return a number with two significant digits, as one types it. */
export function rounded(value: number): number {
  return Number(value.toPrecision(2));
}

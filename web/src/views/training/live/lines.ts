/** Lines and markers of the charts, from the curves of one run or two. */

import type { Points } from "$/curves/points";
import { number, text, type Key } from "$/lang/index.svelte";
import type { Axis, Quantity } from "../state/curves";
import type { ShownRun } from "../state/run.svelte";

export interface ChartLine {
  readonly series: Points;
  readonly colour: number;
  readonly noisy: boolean;
  readonly tag: string;
  readonly name: string;
}

export interface ChartMarker {
  readonly x: number;
  readonly label: string;
  readonly sign: string;
}

const NAMES: Readonly<Record<Quantity, Key>> = {
  loss: "training.onTraining",
  accuracy: "training.onTraining",
  validationLoss: "training.onValidation",
  validationAccuracy: "training.onValidation",
  lr: "training.learningRate",
};
const NOISY: readonly Quantity[] = ["loss", "accuracy"];

export function linesOf(
  runs: readonly ShownRun[],
  quantities: readonly Quantity[],
  axis: Axis,
): ChartLine[] {
  return runs.flatMap(({ curves }, index) => {
    const tag = runs.length > 1 ? "AB".charAt(index) : "";
    return quantities.map((quantity) => ({
      ...{ colour: index, tag, noisy: NOISY.includes(quantity) },
      series: curves.points(quantity, axis),
      name: `${tag} ${text(NAMES[quantity])}`.trim(),
    }));
  });
}

/** Return a marker for each command; those of one step are one. */
export function markersOf(runs: readonly ShownRun[], axis: Axis): ChartMarker[] {
  return runs.flatMap(({ curves }, index) => {
    const tag = runs.length > 1 ? `${"AB".charAt(index)} ` : "";
    const places = new Map<number, ChartMarker>();
    for (const { step, command, lr } of curves.commands) {
      const label = labelOf(command, lr);
      if (!label) continue;
      const before = places.get(step);
      places.set(step, {
        x: curves.place(step, axis),
        label: before ? `${before.label}; ${label.text}` : `${tag}${label.text}`,
        sign: label.sign,
      });
    }
    return [...places.values()];
  });
}

function labelOf(command: string, lr: number | null): { text: string; sign: string } | null {
  switch (command) {
    case "lr": {
      const rate = number(lr ?? NaN, 3);
      return { text: text("training.marker.lr", { rate }), sign: rate };
    }
    case "pause":
      return { text: text("training.marker.pause"), sign: "❚❚" };
    default: // what follows a pause is seen by the curve
      return null;
  }
}

/** What to try on the training page: each is one change of the setup, and what to look at. */

import type { Architecture, Block } from "$/engine/types";
import type { Key } from "$/lang/index.svelte";
import { rounded } from "$/statistics/diagnose";
import { LAYERS, rowsOf, withType } from "./network/tree";
import { EDITED, entrant, LEARNING_RATES, OPTIMISERS, type Entrant, type Setup } from "./setup";

export interface Suggestion {
  readonly title: Key;
  readonly note: Key;
  change(setup: Setup, architecture: Architecture): Partial<Setup>;
}

const first = (setup: Setup, changes: Partial<Entrant["settings"]>): Partial<Setup> => {
  const [one] = setup.entrants;
  return { entrants: [{ ...one, settings: { ...one.settings, ...changes } }] };
};

/** Return the network with all its activations of one type. */
export function withActivations(architecture: Architecture, type: Block["type"]): Architecture {
  return rowsOf(architecture)
    .filter(({ block }) => LAYERS[block.type]?.role === "activation")
    .reduce((changed, { path }) => withType(changed, path, type), architecture);
}

export const SUGGESTIONS: readonly Suggestion[] = [
  {
    title: "train.try.race",
    note: "train.try.raceNote",
    change: ({ entrants: [one] }) => ({
      entrants: [
        {
          ...one,
          settings: {
            ...one.settings,
            optimiser: OPTIMISERS.SGD,
            learningRate: LEARNING_RATES.SGD,
          },
        },
        {
          ...one,
          settings: {
            ...one.settings,
            optimiser: OPTIMISERS.Adam,
            learningRate: LEARNING_RATES.Adam,
          },
        },
      ],
    }),
  },
  {
    title: "train.try.tenfold",
    note: "train.try.tenfoldNote",
    change: (setup) =>
      first(setup, {
        learningRate: Math.min(10, rounded(10 * setup.entrants[0].settings.learningRate)),
      }),
  },
  {
    title: "train.try.augment",
    note: "train.try.augmentNote",
    change: () => ({ augmentation: { shiftPixels: 2, degrees: 10, scale: 0.1, flip: false } }),
  },
  {
    title: "train.try.sigmoid",
    note: "train.try.sigmoidNote",
    change: ({ entrants: [one] }, architecture) => ({
      entrants: [
        one,
        {
          ...one,
          network: EDITED,
          edited: {
            ...withActivations(architecture, "Sigmoid"),
            name: `${architecture.name.slice(0, 56)}_sigmoid`,
          },
        },
      ],
    }),
  },
  {
    title: "train.try.batch",
    note: "train.try.batchNote",
    change: (setup) => first(setup, { batchSize: 4 }),
  },
  {
    title: "train.try.residual",
    note: "train.try.residualNote",
    change: ({ entrants: [one] }) => ({
      entrants: [one, { ...entrant("small_residual"), settings: one.settings }],
    }),
  },
];

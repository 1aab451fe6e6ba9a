import { describe, expect, test } from "vitest";
import networks from "./network/networks.json";
import {
  architectureOf,
  EDITED,
  entrant,
  NO_AUGMENTATION,
  OPTIMISERS,
  read,
  written,
  type Setup,
} from "./setup";

const edited = architectureOf(networks[4]?.architecture);
if (!edited) throw new Error("no network");
const usual: Setup = {
  data: "",
  seed: 1,
  augmentation: NO_AUGMENTATION,
  entrants: [entrant("lenet5")],
};

/** Through the address, as a link goes. */
function linked(setup: Setup): Setup {
  const values = Object.entries(written(setup, usual)).filter(([, value]) => value !== "");
  const link = new URLSearchParams(values).toString();
  return read(Object.fromEntries(new URLSearchParams(link)), usual);
}

const [one] = usual.entrants;
const setups: Readonly<Record<string, Setup>> = {
  usual,
  seed: { ...usual, seed: 12_345 },
  data: { ...usual, data: "猫 & dogs=#1" },
  augmentation: {
    ...usual,
    augmentation: { shiftPixels: 2, degrees: 7.5, scale: 0.1, flip: true },
  },
  adam: {
    ...usual,
    entrants: [
      {
        ...one,
        init: "he",
        settings: {
          ...{ learningRate: 0.0003, batchSize: 100, labelSmoothing: 0.1 },
          optimiser: { ...OPTIMISERS.AdamW, weight_decay: 0.05 },
        },
      },
    ],
  },
  "plain SGD against Adadelta": {
    ...usual,
    entrants: [
      {
        ...one,
        settings: {
          ...one.settings,
          optimiser: { type: "SGD", momentum: 0, nesterov: false, weight_decay: 1e-4 },
        },
      },
      {
        ...entrant("small_residual"),
        settings: { ...one.settings, optimiser: OPTIMISERS.Adadelta },
      },
    ],
  },
  "two of the usual": { ...usual, entrants: [one, one] },
  edited: { ...usual, entrants: [{ ...one, network: EDITED, edited }] },
  "the usual against an edited one": {
    ...usual,
    entrants: [one, { ...one, network: EDITED, edited: { ...edited, name: "other_name" } }],
  },
};

describe("the setup in the address", () => {
  test.each(Object.keys(setups))("%s comes back", (name) => {
    const setup = setups[name];
    if (!setup) throw new Error(name);
    expect(linked(setup)).toEqual(setup);
  });

  test("the usual setup leaves the address empty", () => {
    expect(Object.values(written(usual, usual)).join("")).toBe("");
  });

  const broken: readonly Readonly<Record<string, string>>[] = [
    { lr: "-1" },
    { lr: "NaN" },
    { lr: "1e9" },
    { batch: "0" },
    { batch: "many" },
    { seed: "1.5" },
    { seed: "99999999999999" },
    { opt: "LBFGS,1" },
    { opt: "SGD" },
    { opt: "Adam,0.9,2,1e-8" },
    { aug: "1000,0,0,0" },
    { aug: "1" },
    { init: "zeros" },
    { net: ".not base64!" },
    { net: `.${btoa('{"name": 3}')}` },
    { smooth: "1" },
  ];
  test.each(broken)("values that are not valid are left out: %o", (values) => {
    expect(read(values, usual)).toEqual(usual);
  });
});

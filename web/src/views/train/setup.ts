/** Settings of the training page: defaults, limits, and their text in the address. */

import type { Architecture, Augmentation, Optimiser, Scheme, Settings } from "$/engine/types";
import { isBlock } from "$/blocks/parts";

/** One network of the race, with the settings that it trains with. */
export interface Entrant {
  /** Name of a network of the list, "exported", or "edited". */
  readonly network: string;
  /** The network itself, if it was edited. */
  readonly edited: Architecture | null;
  readonly settings: Settings;
  readonly init: Scheme;
}

export interface Setup {
  /** Name of the images; "" is the first file of the export. */
  readonly data: string;
  readonly seed: number;
  readonly augmentation: Augmentation;
  /** One network, or two that race. */
  readonly entrants: readonly [Entrant] | readonly [Entrant, Entrant];
}

export const OPTIMISERS: Readonly<Record<Optimiser["type"], Optimiser>> = {
  SGD: { type: "SGD", momentum: 0.9, nesterov: true, weight_decay: 0 },
  Adam: { type: "Adam", betas: [0.9, 0.999], eps: 1e-8, weight_decay: 0 },
  AdamW: { type: "AdamW", betas: [0.9, 0.999], eps: 1e-8, weight_decay: 0.01 },
  Adadelta: { type: "Adadelta", rho: 0.95, eps: 1e-6, weight_decay: 0 },
};

/** Learning rates to start with, by optimiser. */
export const LEARNING_RATES: Readonly<Record<Optimiser["type"], number>> = {
  SGD: 0.02,
  Adam: 0.002,
  AdamW: 0.002,
  Adadelta: 1,
};

export const BATCH_SIZES = [4, 8, 16, 32, 64, 128, 256] as const;
export const SCHEMES: readonly Scheme[] = ["torch", "he", "xavier", "lecun"];
export const NO_AUGMENTATION: Augmentation = { degrees: 0, scale: 0, shiftPixels: 0, flip: false };
export const EXPORTED = "exported";
export const EDITED = "edited";

export const SETTINGS: Settings = {
  learningRate: LEARNING_RATES.SGD,
  optimiser: OPTIMISERS.SGD,
  batchSize: 32,
  labelSmoothing: 0,
};

/** Limits of the settings: lowest and highest. */
export const LIMITS = {
  learningRate: [1e-6, 100],
  batchSize: [1, 512],
  labelSmoothing: [0, 0.5],
  momentum: [0, 0.999],
  decay: [0, 1],
  beta: [0, 0.99999],
  eps: [1e-12, 0.1],
  seed: [0, 2 ** 31 - 1],
  degrees: [0, 45],
  scale: [0, 0.5],
  shiftPixels: [0, 8],
} as const satisfies Readonly<Record<string, readonly [number, number]>>;

export type Limited = keyof typeof LIMITS;

/** Return whether a number is within the limits of a setting. */
export function within(name: Limited, value: number): boolean {
  const [low, high] = LIMITS[name];
  return Number.isFinite(value) && value >= low && value <= high;
}

export function entrant(network: string): Entrant {
  return { network, edited: null, settings: SETTINGS, init: "torch" };
}

type Values = Readonly<Record<string, string>>;

/** Keys of the address that hold the setup; those of the second network end in 2. */
const OWN = ["net", "lr", "batch", "opt", "wd", "smooth", "init"] as const;
const SHARED = ["data", "seed", "aug"] as const;
export const KEYS: readonly string[] = [...SHARED, ...OWN, ...OWN.map((key) => `${key}2`)];

/** Return the values of the address; what is as in `usual` is "", which removes it. */
export function written(setup: Setup, usual: Setup): Values {
  const values: Record<string, string> = Object.fromEntries(KEYS.map((key) => [key, ""]));
  const put = (key: string, value: string, other: string): void => {
    values[key] = value === other ? "" : value;
  };
  put("data", setup.data, usual.data);
  put("seed", String(setup.seed), String(usual.seed));
  put("aug", augmentationText(setup.augmentation), augmentationText(usual.augmentation));
  setup.entrants.forEach((one, index) => {
    const own = entrantTexts(one);
    const other = entrantTexts(usual.entrants[0]);
    for (const key of OWN) put(index === 0 ? key : `${key}2`, own[key], other[key]);
    // the second network is there because its name is
    if (index === 1) values.net2 = own.net;
  });
  return values;
}

/** Return the setup of an address; a value that is missing or not valid is the usual one. */
export function read(values: Values, usual: Setup): Setup {
  const first = entrantOf(values, "", usual.entrants[0]);
  const second = values.net2 ? [entrantOf(values, "2", usual.entrants[0])] : [];
  const seed = Number(values.seed);
  return {
    data: values.data || usual.data,
    seed: values.seed && Number.isInteger(seed) && within("seed", seed) ? seed : usual.seed,
    augmentation: augmentationOf(values.aug ?? "") ?? usual.augmentation,
    entrants: second[0] ? [first, second[0]] : [first],
  };
}

function entrantTexts({
  network,
  edited,
  settings,
  init,
}: Entrant): Record<(typeof OWN)[number], string> {
  return {
    net: network === EDITED && edited ? `.${encoded(edited)}` : network,
    lr: String(settings.learningRate),
    batch: String(settings.batchSize),
    opt: optimiserText(settings.optimiser),
    wd: String(settings.optimiser.weight_decay),
    smooth: String(settings.labelSmoothing),
    init,
  };
}

function entrantOf(values: Values, suffix: string, usual: Entrant): Entrant {
  const text = (key: (typeof OWN)[number]): string => values[`${key}${suffix}`] ?? "";
  const number = (key: (typeof OWN)[number], name: Limited, other: number): number => {
    const value = Number(text(key));
    return text(key) !== "" && within(name, value) ? value : other;
  };
  const net = text("net");
  const edited = net.startsWith(".") ? decoded(net.slice(1)) : null;
  const named = net && !net.startsWith(".") ? net : usual.network;
  const optimiser = optimiserOf(text("opt")) ?? usual.settings.optimiser;
  const init = SCHEMES.find((scheme) => scheme === text("init"));
  return {
    network: edited ? EDITED : named,
    edited,
    settings: {
      learningRate: number("lr", "learningRate", usual.settings.learningRate),
      batchSize: Math.round(number("batch", "batchSize", usual.settings.batchSize)),
      labelSmoothing: number("smooth", "labelSmoothing", usual.settings.labelSmoothing),
      optimiser: {
        ...optimiser,
        weight_decay: number("wd", "decay", usual.settings.optimiser.weight_decay),
      },
    },
    init: init ?? usual.init,
  };
}

/** Return an optimiser with its settings as the address has it: "SGD,0.9,nesterov". */
export function optimiserText(optimiser: Optimiser): string {
  switch (optimiser.type) {
    case "SGD":
      return `SGD,${optimiser.momentum}${optimiser.nesterov ? ",nesterov" : ""}`;
    case "Adam":
    case "AdamW":
      return `${optimiser.type},${optimiser.betas.join(",")},${optimiser.eps}`;
    case "Adadelta":
      return `Adadelta,${optimiser.rho},${optimiser.eps}`;
  }
}

function optimiserOf(text: string): Optimiser | null {
  const [type = "", ...rest] = text.split(",");
  const numbers = rest.filter((part) => part !== "nesterov").map(Number);
  const [first = NaN, second = NaN, third = NaN] = numbers;
  switch (type) {
    case "SGD": {
      const nesterov = rest.includes("nesterov");
      return within("momentum", first)
        ? { ...OPTIMISERS.SGD, type, momentum: first, nesterov }
        : null;
    }
    case "Adam":
    case "AdamW":
      return within("beta", first) && within("beta", second) && within("eps", third)
        ? { type, betas: [first, second], eps: third, weight_decay: OPTIMISERS[type].weight_decay }
        : null;
    case "Adadelta":
      return within("beta", first) && within("eps", second)
        ? { type, rho: first, eps: second, weight_decay: 0 }
        : null;
    default:
      return null;
  }
}

function augmentationText({ shiftPixels, degrees, scale, flip }: Augmentation): string {
  return [shiftPixels, degrees, scale, flip ? 1 : 0].join(",");
}

function augmentationOf(text: string): Augmentation | null {
  const [shiftPixels = NaN, degrees = NaN, scale = NaN, flip = NaN] = text.split(",").map(Number);
  const valid =
    text !== "" &&
    within("shiftPixels", shiftPixels) &&
    within("degrees", degrees) &&
    within("scale", scale);
  return valid ? { shiftPixels, degrees, scale, flip: flip === 1 } : null;
}

/** JSON in the letters that an address may hold. */
function encoded(architecture: Architecture): string {
  const bytes = new TextEncoder().encode(JSON.stringify(architecture));
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function decoded(text: string): Architecture | null {
  try {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (sign) => sign.charCodeAt(0));
    return architectureOf(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return null; // a link that was cut off: the usual network
  }
}

/** Names of architectures, as in Python. */
const NAME = /^[a-z0-9][a-z0-9_]{0,63}$/;

/** Return a JSON value as an architecture, if it has the form of one; its blocks are checked later. */
export function architectureOf(value: unknown): Architecture | null {
  if (typeof value !== "object" || value === null) return null;
  const { name, input, num_classes, block } = value as Record<string, unknown>;
  const whole = (number: unknown): boolean => Number.isInteger(number) && Number(number) > 0;
  const isInput = Array.isArray(input) && input.length === 3 && input.every(whole);
  const isName = typeof name === "string" && NAME.test(name);
  const holds = isName && isInput && whole(num_classes) && isBlock(block);
  return holds ? (value as Architecture) : null;
}

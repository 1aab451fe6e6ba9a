/** State of the training page: images, setup, and the one or two networks that train. */

import { DataError, type ImageSet } from "$/data/images";
import { readPacked } from "$/data/packed";
import { supports } from "$/engine";
import type { Architecture, Problem } from "$/engine/types";
import { failureOf } from "$/lang/failure";
import type { Manifest } from "$/model/types";
import type { StateSource } from "$/figures/source";
import { address } from "$/views/address.svelte";
import { Lane, type Build } from "./lane.svelte";
import { fitted } from "./network/fit";
import networks from "./network/networks.json";
import { canonical } from "./network/tree";
import {
  architectureOf,
  EDITED,
  entrant,
  EXPORTED,
  KEYS,
  NO_AUGMENTATION,
  OPTIMISERS,
  LEARNING_RATES,
  read,
  written,
  type Entrant,
  type Setup,
} from "./setup";

/** Files of the export, as the page reads them. */
export interface Files {
  bytes(file: string, onpart?: (part: number) => void): Promise<Uint8Array<ArrayBuffer>>;
}

/** The part of an export's description that training needs. */
export type Trainable = Pick<Manifest, "architecture" | "training">;

/** Networks of the list, by name. */
const PRESETS: ReadonlyMap<string, Architecture> = new Map(
  networks.flatMap((network): [string, Architecture][] => {
    const architecture = architectureOf(network.architecture);
    return architecture ? [[architecture.name, architecture]] : [];
  }),
);

const HANDFUL = 10;

export const holds = (architecture: Architecture): boolean => supports(architecture) === null;

export class Training {
  images = $state.raw<ImageSet | null>(null);
  /** Share of the images that is loaded. */
  loaded = $state(0);
  problem = $state.raw<Problem | null>(null);
  setup = $state.raw<Setup>({
    data: "",
    seed: 1,
    augmentation: NO_AUGMENTATION,
    entrants: [entrant("lenet5")],
  });
  /** Which network the handful and the layers are of. */
  shown = $state<0 | 1>(0);
  /** Places of the handful among the held-out images. */
  handful = $state.raw<readonly number[]>([]);

  readonly lanes: readonly [Lane, Lane] = [new Lane(), new Lane()];
  readonly exported: Architecture | null;
  readonly #usual: Setup;
  readonly #manifest: Trainable;
  readonly #files: Files;
  readonly #fits = new Map<string, Architecture>();
  /** Images that the reader chose, by name. */
  readonly #own = new Map<string, ImageSet>();

  /** Where the setup is kept: the address of the page, or the frame of a figure. */
  readonly #choices: StateSource;

  constructor(manifest: Trainable, files: Files, choices: StateSource = address) {
    this.#choices = choices;
    this.#manifest = manifest;
    this.#files = files;
    this.exported = architectureOf(manifest.architecture);
    const first = this.exported && holds(this.exported) ? EXPORTED : "lenet5";
    this.#usual = { ...this.setup, entrants: [entrant(first)] };
    this.setup = this.#usual;
  }

  get active(): readonly Lane[] {
    return this.lanes.slice(0, this.setup.entrants.length);
  }

  get lane(): Lane {
    return this.lanes[this.shown];
  }

  get running(): boolean {
    return this.active.some((lane) => lane.state === "running");
  }

  /** Names of the networks of the list; one that equals the exported network is left out. */
  get networks(): readonly string[] {
    const own = this.exported ? canonical(this.exported) : "";
    const usable = this.exported !== null && holds(this.exported);
    const others = [...PRESETS].filter(([, preset]) => canonical(preset) !== own || !usable);
    return [...(usable ? [EXPORTED] : []), ...others.map(([name]) => name)];
  }

  /** Names of the images that can be chosen. */
  get dataNames(): readonly string[] {
    return [...this.#manifest.training.map(({ name }) => name), ...this.#own.keys()];
  }

  /** Read the setup of the address, load the images and build the networks. */
  async begin(): Promise<void> {
    const values = Object.fromEntries(KEYS.map((key) => [key, this.#choices.get(key)]));
    this.setup = read(values, this.#usual);
    await this.#loadImages();
  }

  /** Take over choices that were changed from outside, as by a phrase that drives a figure. */
  follow(): void {
    const values = Object.fromEntries(KEYS.map((key) => [key, this.#choices.get(key)]));
    const next = read(values, this.#usual);
    const same = JSON.stringify(written(next, this.#usual));
    if (same === JSON.stringify(written(this.setup, this.#usual))) return;
    this.setup = next;
    this.#apply(this.running);
  }

  async #loadImages(): Promise<void> {
    this.problem = null;
    const name = this.setup.data;
    const own = this.#own.get(name);
    const files = this.#manifest.training;
    const file = files.find((entry) => entry.name === name) ?? files[0];
    if (!own && !file) {
      this.problem = { key: "train.noImages", values: {} };
      return;
    }
    try {
      this.images = own ?? (await this.#read(file?.file ?? ""));
      this.loaded = 1;
      this.handful = handfulOf(this.images);
      this.#apply(false);
    } catch (error) {
      this.problem =
        error instanceof DataError ? { key: error.fault, values: error.values } : failureOf(error);
    }
  }

  async #read(file: string): Promise<ImageSet> {
    return readPacked(await this.#files.bytes(file, (part) => (this.loaded = part)));
  }

  /** Train on images that the reader chose. */
  async useImages(images: ImageSet): Promise<void> {
    this.#own.set(images.name, images);
    await this.change({ data: images.name });
  }

  /** Change the setup: what can change while it runs does, the rest starts from step 0. */
  async change(changes: Partial<Setup>): Promise<void> {
    const before = this.setup;
    this.setup = { ...before, ...changes };
    if (this.setup.entrants.length === 1) this.shown = 0;
    this.#choices.set(written(this.setup, this.#usual));
    if (this.setup.data !== before.data) await this.#loadImages();
    else this.#apply(this.running);
  }

  async changeEntrant(index: 0 | 1, changes: Partial<Entrant>): Promise<void> {
    const [first, second] = this.setup.entrants;
    if (index === 0) {
      const changed = { ...first, ...changes };
      await this.change({ entrants: second ? [changed, second] : [changed] });
    } else if (second) {
      await this.change({ entrants: [first, { ...second, ...changes }] });
    }
  }

  /** Let a second network race: by default the same one with another optimiser. */
  async race(rival?: Entrant): Promise<void> {
    const [first] = this.setup.entrants;
    const type = first.settings.optimiser.type === "Adam" ? "SGD" : "Adam";
    const settings = {
      ...first.settings,
      optimiser: OPTIMISERS[type],
      learningRate: LEARNING_RATES[type],
    };
    await this.change({ entrants: [first, rival ?? { ...first, settings }] });
  }

  /** Return the network of an entrant, fitted to the images; the same object for the same network. */
  architectureOf(one: Entrant): Architecture | null {
    const { images } = this;
    const own = this.#unfitted(one);
    if (!images || !own) return own;
    const key = `${canonical(own)} ${own.name} ${images.name}`;
    const known = this.#fits.get(key) ?? fitted(own, images, holds);
    this.#fits.set(key, known);
    return known;
  }

  #unfitted(one: Entrant): Architecture | null {
    if (one.network === EDITED) return one.edited;
    if (one.network === EXPORTED) return this.exported;
    return PRESETS.get(one.network) ?? PRESETS.get("lenet5") ?? null;
  }

  #apply(start: boolean): void {
    const { images } = this;
    if (!images) return;
    const { seed, augmentation, entrants } = this.setup;
    this.lanes.forEach((lane, index) => {
      const one = entrants[index];
      const architecture = one && this.architectureOf(one);
      if (!one || !architecture) {
        lane.dispose();
        return;
      }
      const build: Build = { architecture, init: one.init, seed, images };
      if (lane.isOpen(build)) {
        lane.set(one.settings, augmentation);
        return;
      }
      void lane.open(build, one.settings, augmentation).then(() => {
        lane.watch(this.handfulPixels());
        if (start) lane.start();
      });
    });
  }

  /** Raw pixels of the handful, [N, C, H, W]. */
  handfulPixels(): Uint8Array {
    const { images } = this;
    if (!images) return new Uint8Array();
    const each = images.shape[0] * images.shape[1] * images.shape[2];
    const pixels = new Uint8Array(this.handful.length * each);
    this.handful.forEach((place, index) => {
      pixels.set(images.heldOut.pixels.subarray(place * each, (place + 1) * each), index * each);
    });
    return pixels;
  }

  /** Wait until the address holds the setup. */
  async settled(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 300));
  }

  start(): void {
    for (const lane of this.active) lane.start();
  }

  pause(): void {
    for (const lane of this.active) lane.pause();
  }

  stepOnce(): void {
    for (const lane of this.active) lane.stepOnce();
  }

  async reset(): Promise<void> {
    await Promise.all(this.active.map((lane) => lane.restart(this.setup.seed)));
  }

  dispose(): void {
    for (const lane of this.lanes) lane.dispose();
  }
}

/** Return places of held-out images, one of each class in turn. */
export function handfulOf({ heldOut, labels }: ImageSet): number[] {
  const places = new Map<number, number[]>();
  heldOut.classes.forEach((label, place) => {
    const own = places.get(label) ?? [];
    if (own.length < HANDFUL) own.push(place);
    places.set(label, own);
  });
  const handful: number[] = [];
  for (let round = 0; round < HANDFUL && handful.length < HANDFUL; round++) {
    for (let label = 0; label < labels.length && handful.length < HANDFUL; label++) {
      const place = places.get(label)?.[round];
      if (place !== undefined) handful.push(place);
    }
  }
  return handful;
}

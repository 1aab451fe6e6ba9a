/** State of the view: the picture, the answer, the activations, and changes of the network. */

import { tick } from "svelte";
import { sides } from "$/views/look/groups";
import { disturb, isNone, KINDS, NONE, RANGES, type Disturbance } from "$/views/look/disturb";
import type { Input } from "$/input/types";
import type { StateSource } from "$/figures/source";
import { address } from "$/views/address.svelte";
import type { Manifest, Picture, Step, Tensor } from "$/model/types";
import {
  changed,
  changesOf,
  NO_CHANGES,
  numChanges,
  textsOf,
  withSwitch,
  withValues,
  type Changes,
} from "$/views/look/edits/changes";
import type { ReadWeights, Weights } from "$/views/look/weights";
import type { Answer, Edits, Engine, EngineName, Runner } from "$/run/types";

/** Units up to which every layer is computed for every picture, and kept. */
const MOST_UNITS = 2_000_000;
/** Disturbed photos are reduced to this number of pixels, or to 4 times those of the input. */
const LEAST_PIXELS = 2 ** 17;

export interface Place {
  readonly row: number;
  readonly col: number;
}

export class Session {
  readonly manifest: Manifest;
  readonly runner: Runner;
  readonly steps: ReadonlyMap<string, Step>;
  readonly isSmall: boolean;

  picture = $state.raw<Picture | null>(null);
  /** What was done to the image that the user should know. */
  notes = $state.raw<Input["notes"]>([]);
  answer = $state.raw<Answer | null>(null);
  /** Activations by path; those of large networks only while they are watched. */
  tensors = $state.raw<ReadonlyMap<string, Tensor>>(new Map());
  /** Kernels that were edited and channels that are off; changed by `change`. */
  changes = $state.raw<Changes>(NO_CHANGES);
  engine = $state.raw<Engine>({ name: "WebAssembly", threads: 1 });
  isSwitching = $state(false);
  /** A link named changes that do not fit this network. */
  hasMisfit = $state(false);
  error = $state.raw<unknown>(null);

  // a text, so that other changes of the address change nothing here
  readonly #strengths = $derived(KINDS.map((kind) => this.choices.get(kind)).join());
  readonly disturbance = $derived.by((): Disturbance => {
    const strengths = this.#strengths.split(",");
    const pairs = KINDS.map((kind, place) => {
      const { low, high } = RANGES[kind];
      const value = Number(strengths[place]);
      return [kind, Number.isFinite(value) ? Math.min(high, Math.max(low, value)) : 0] as const;
    });
    return { ...NONE, ...Object.fromEntries(pairs) };
  });

  /** Weights that were trained in this tab, in place of those of the export. */
  trained = $state.raw<NonNullable<Edits["weights"]>>({});

  /** What the network is given. */
  readonly shown = $derived.by(() =>
    this.picture ? disturb(this.picture, this.disturbance, this.mostPixels) : null,
  );

  /** Chosen where nothing else is; null where that would fill a small screen. */
  start = $state.raw<Step | null>(null);
  /** The pixel that is chosen in a map where none is named. */
  #usual = $state.raw<{ readonly unit: string; readonly place: Place } | null>(null);

  readonly layer = $derived.by(() => this.steps.get(this.#own("layer")) ?? this.start);
  readonly channel = $derived.by(() => {
    const last = sides(this.layer?.shape ?? [1])[0] - 1;
    return whole(this.#own("map"), last) ?? 0;
  });
  readonly place = $derived.by((): Place | null => {
    const [, rows, cols] = sides(this.layer?.shape ?? [1]);
    const [row, col] = this.#own("pixel").split(",");
    const place = { row: whole(row, rows - 1), col: whole(col, cols - 1) };
    if (place.row !== null && place.col !== null) return { row: place.row, col: place.col };
    return this.#usual?.unit === this.#unit ? this.#usual.place : null;
  });

  readonly numChanges = $derived.by(
    () =>
      numChanges(this.changes) +
      (isNone(this.disturbance) ? 0 : 1) +
      (Object.keys(this.trained).length > 0 ? 1 : 0),
  );

  readonly #readWeights: ReadWeights;
  /** Behind the names of what each network has of its own in the address. */
  readonly #scope: string;
  readonly #all: readonly string[];
  #watched = new Map<string, number>();
  #fresh = new Set<string>();
  #applied = this.changes;
  #appliedTrained = this.trained;
  #working = false;
  #isDirty = false;

  /** Where the choices are kept: the address of the page, or the frame of a figure. */
  readonly choices: StateSource;

  constructor(
    manifest: Manifest,
    runner: Runner,
    readWeights: ReadWeights,
    { scope = "", choices = address }: { scope?: string; choices?: StateSource } = {},
  ) {
    this.#scope = scope;
    this.choices = choices;
    this.manifest = manifest;
    this.runner = runner;
    this.#readWeights = readWeights;
    this.engine = runner.engine;
    this.#all = ["", ...manifest.steps.map((step) => step.path)];
    this.steps = new Map(manifest.steps.map((step) => [step.path, step]));
    const units = manifest.steps.reduce(
      (sum, step) => sum + step.shape.reduce((product, side) => product * side, 1),
      0,
    );
    this.isSmall = units <= MOST_UNITS;
  }

  get mostPixels(): number {
    const [, rows, cols] = this.manifest.input;
    return Math.max(LEAST_PIXELS, 4 * rows * cols);
  }

  #own(name: string): string {
    return this.choices.get(name + this.#scope);
  }

  #share(values: Readonly<Record<string, string>>): void {
    const pairs = Object.entries(values).map(([name, value]) => [name + this.#scope, value]);
    this.choices.set(Object.fromEntries(pairs));
  }

  /** Choose a map, and in it a pixel: the one with the largest magnitude if none is named. */
  choose(layer: string, channel = 0, named: Place | null = null): void {
    const place = named ?? this.#strongest(layer, channel);
    const pixel = place ? `${place.row},${place.col}` : "";
    this.#share({ layer, map: String(channel), pixel });
  }

  /** Name of the chosen map. */
  get #unit(): string {
    return `${this.layer?.path} ${this.channel}`;
  }

  /** Choose the strongest pixel of the chosen map, if none is named: it stays while one draws. */
  #choosePlaceOnce(): void {
    if (!this.layer || this.place) return;
    const place = this.#strongest(this.layer.path, this.channel);
    if (place) this.#usual = { unit: this.#unit, place };
  }

  #strongest(layer: string, channel: number): Place | null {
    const tensor = this.tensors.get(layer);
    if (!tensor) return null;
    const [, rows, cols] = sides(tensor.shape);
    const first = channel * rows * cols;
    let best = first;
    for (let place = first; place < first + rows * cols; place++)
      if (Math.abs(tensor.data[place] ?? 0) > Math.abs(tensor.data[best] ?? 0)) best = place;
    return { row: Math.floor((best - first) / cols), col: (best - first) % cols };
  }

  close(): void {
    this.start = null;
    this.#share({ layer: "", map: "", pixel: "" });
  }

  /** Give the network another image; resolves when its answer is there. */
  async give({ picture, notes }: Input): Promise<void> {
    this.notes = notes;
    this.picture = picture;
    this.#fresh.clear();
    this.#isDirty = true;
    await this.#work();
  }

  /** There is no image any more. */
  clear(): void {
    this.notes = [];
    this.picture = null;
    this.answer = null;
    this.tensors = new Map();
    this.#fresh.clear();
  }

  choosePlace(place: Place | null): void {
    this.#share({ pixel: place ? `${place.row},${place.col}` : "" });
  }

  disturb(kind: keyof Disturbance, value: number): void {
    this.choices.set({ [kind]: value === 0 ? "" : String(value) });
  }

  reset(): void {
    this.choices.set(Object.fromEntries(KINDS.map((kind) => [kind, ""])));
    this.trained = {};
    this.change(NO_CHANGES);
  }

  /** Look at the network as it was trained in this tab. */
  async adopt(edits: Edits): Promise<void> {
    this.trained = edits.weights ?? {};
    this.change(NO_CHANGES);
    await this.#work();
  }

  /** Parameters of a layer by their names, before kernels were edited. */
  learned(step: Step): Weights {
    const channel = step === this.layer ? this.channel : 0;
    return overlaid(
      step,
      this.#readWeights(step, channel),
      (name, data) => this.trained[name] ?? data,
    );
  }

  /** Parameters of a layer by their names, as they are computed with. */
  weights(step: Step): Weights {
    const { values } = this.changes;
    return overlaid(step, this.learned(step), (name, data) =>
      values[name] ? changed(data, values[name]) : data,
    );
  }

  change(changes: Changes): void {
    this.hasMisfit = false;
    this.changes = changes;
    const { off, set } = textsOf(changes);
    this.#share({ off, set: set ?? "" });
    this.refresh();
  }

  /** Whether a link to this page would hold all changes. */
  readonly isShared = $derived.by(
    () => textsOf(this.changes).set !== null && Object.keys(this.trained).length === 0,
  );

  /** Changes that the address names, as a text. */
  readonly linked = $derived.by(() => `${this.#own("off")} ${this.#own("set")}`);

  /** Apply the changes that a link names; a sentence says if they do not fit this network. */
  follow(): void {
    const { off, set } = textsOf(this.changes);
    // changes of the page itself, or too many for an address
    if (this.linked === `${off} ${set ?? ""}`) return;
    const changes = changesOf(
      { off: this.#own("off"), set: this.#own("set") },
      {
        channels: (path) => this.steps.get(path)?.shape[0],
        numbers: (name) => this.#parameter(name)?.length,
      },
    );
    if (changes) this.change(changes);
    else {
      this.change(NO_CHANGES);
      this.hasMisfit = true;
    }
  }

  /** Learned numbers of a parameter by its name in the ONNX file. */
  #parameter(name: string): Float32Array | undefined {
    const step = this.manifest.steps.find((one) => Object.values(one.parameters).includes(name));
    const own = Object.entries(step?.parameters ?? {}).find(([, stored]) => stored === name)?.[0];
    return step && own !== undefined ? this.learned(step).get(own)?.data : undefined;
  }

  /** Change numbers of a parameter of a layer, by their places. */
  edit(step: Step, parameter: string, values: ReadonlyMap<number, number>): void {
    const learned = this.learned(step).get(parameter)?.data;
    const name = step.parameters[parameter];
    if (learned && name) this.change(withValues(this.changes, name, values, learned));
  }

  isOff(layer: string, channel: number): boolean {
    return this.changes.off[layer]?.includes(channel) ?? false;
  }

  switchOff(layer: string, channel: number, off: boolean): void {
    this.change(withSwitch(this.changes, layer, channel, off));
  }

  /** Compute with another engine, if it computes the same; otherwise a sentence says why not. */
  async useEngine(name: EngineName): Promise<void> {
    this.isSwitching = true;
    try {
      await this.runner.use(name);
      this.error = null;
    } catch (error) {
      this.error = error;
    }
    this.engine = this.runner.engine;
    this.isSwitching = false;
    if (!this.error) this.refresh();
  }

  /** Keep the activations of a layer up to date until the returned function is called. */
  watch(path: string): () => void {
    this.#watched.set(path, (this.#watched.get(path) ?? 0) + 1);
    if (!this.isSmall && !this.#fresh.has(path)) queueMicrotask(() => this.#wake());
    return () => {
      const left = (this.#watched.get(path) ?? 1) - 1;
      if (left > 0) this.#watched.set(path, left);
      else this.#watched.delete(path);
    };
  }

  /** Compute the answer again: the picture or the network is another one. */
  refresh(): void {
    this.#fresh.clear();
    this.#wake();
  }

  #wake(): void {
    this.#isDirty = true;
    void this.#work();
  }

  async #work(): Promise<void> {
    if (this.#working) return;
    this.#working = true;
    try {
      while (this.#isDirty) {
        this.#isDirty = false;
        await this.#compute();
      }
    } catch (error) {
      this.error = error;
    } finally {
      this.#working = false;
    }
  }

  /** Time of the last answer, and of the maps that show it: `benchmarks/web_page.py` reads them. */
  #mark(name: string): void {
    performance.clearMarks(name);
    performance.mark(name);
  }

  async #compute(): Promise<void> {
    const picture = this.shown;
    if (!picture) return;
    const { changes, trained } = this;
    if (changes !== this.#applied || trained !== this.#appliedTrained) {
      await this.runner.edit({ ...changes, weights: trained });
      this.#applied = changes;
      this.#appliedTrained = trained;
    }
    const watched = [...this.#watched.keys()];
    const missing = watched.filter((path) => !this.#fresh.has(path));
    if (this.#fresh.size > 0 && missing.length === 0) return;
    const answer = await this.runner.run(picture, this.isSmall ? this.#all : missing, "answer");
    if (!answer || !this.picture) return;
    this.error = null;
    const isCurrent = picture === this.shown && changes === this.changes;
    this.answer = answer;
    const kept = this.isSmall
      ? []
      : [...this.tensors].filter(([path]) => this.#watched.has(path) && !missing.includes(path));
    this.tensors = new Map([...kept, ...answer.activations]);
    if (isCurrent) for (const path of answer.activations.keys()) this.#fresh.add(path);
    this.#choosePlaceOnce();
    this.#mark("look.answer");
    void tick().then(() => this.#mark("look.maps"));
  }
}

/** Parameters with other numbers: `numbers` gets a parameter's name in the ONNX file. */
function overlaid(
  { parameters }: Step,
  weights: Weights,
  numbers: (name: string, data: Float32Array) => Float32Array,
): Weights {
  return new Map(
    [...weights].map(([name, tensor]) => {
      const data = numbers(parameters[name] ?? "", tensor.data);
      return [name, data === tensor.data ? tensor : { ...tensor, data }] as const;
    }),
  );
}

/** Return a whole number from 0 to `last`, or null. */
function whole(text: string | undefined, last: number): number | null {
  if (!text) return null;
  const value = Number(text);
  return Number.isInteger(value) && value >= 0 && value <= last ? value : null;
}

/** Going through labels that a model doubts: decisions, where one is, and the list that is kept. */

import { get, put } from "$/api/client";
import type { components } from "$/api/schema";
import type { SplitName } from "$/views/data/open.svelte";

export type Row = components["schemas"]["CorrectionRow"];
export type Action = Row["action"];

/** An image whose label is looked at. */
export interface Doubt {
  readonly image: string;
  readonly split: SplitName;
  readonly index: number;
  readonly digest: string;
  readonly label: string;
  /** Whether the label is off the diagonal of the confident joint. */
  readonly doubted: boolean;
  /** Class that the model finds likely; "" without a model. */
  readonly suggested: string;
  readonly confidence: number;
  readonly probability: number;
}

const SAVE_AFTER_MS = 400;

const keyOf = (one: { readonly split: string; readonly index: number }): string =>
  `${one.split} ${one.index}`;

const words = (value: unknown): string => (typeof value === "string" ? value : "");
const share = (value: unknown): number => (typeof value === "number" ? value : 0);

/** Return the rows of a result of `data doubts --json`; others than rows are left out. */
export function readDoubts(result: unknown): Doubt[] {
  const rows: unknown = Reflect.get(Object(result), "rows");
  if (!Array.isArray(rows)) return [];
  return rows.flatMap((one: unknown) => {
    const at = (name: string): unknown => Reflect.get(Object(one), name);
    const [split, index] = [at("split"), at("index")];
    if (split !== "train" && split !== "val" && split !== "test") return [];
    if (typeof index !== "number") return [];
    return [
      {
        image: words(at("image")),
        split,
        index,
        digest: words(at("digest")),
        label: words(at("label")),
        doubted: at("doubted") === true,
        suggested: words(at("suggested")),
        confidence: share(at("self_confidence")),
        probability: share(at("suggested_probability")),
      },
    ];
  });
}

export class Review {
  readonly #id: string;
  doubts = $state.raw<readonly Doubt[]>([]);
  at = $state(0);
  /** Decisions by split and index, also those of earlier lists. */
  decisions = $state.raw<ReadonlyMap<string, Row>>(new Map());
  /** File of the list, relative to the workspace. */
  file = $state("");
  state = $state<"saved" | "saving" | "failed">("saved");
  problem = $state.raw<unknown>(null);
  #undo: { readonly key: string; readonly row: Row | undefined; readonly at: number }[] = [];
  canUndo = $state(false);
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(id: string) {
    this.#id = id;
  }

  get current(): Doubt | undefined {
    return this.doubts[this.at];
  }

  /** Read the list that was saved. */
  async load(): Promise<void> {
    const saved = await get("/api/data/{id}/corrections", { path: { id: this.#id } });
    this.file = saved.file ?? "";
    this.decisions = new Map(saved.rows.map((row) => [keyOf(row), row]));
  }

  /** Show a list from its first image without a decision. */
  show(doubts: readonly Doubt[]): void {
    this.doubts = doubts;
    const open = doubts.findIndex((one) => !this.decisions.has(keyOf(one)));
    this.at = Math.max(0, open);
    this.#undo = [];
    this.canUndo = false;
  }

  /** Put one image in front of the list, and show it. */
  add(doubt: Doubt): void {
    this.doubts = [doubt, ...this.doubts.filter((one) => keyOf(one) !== keyOf(doubt))];
    this.at = 0;
  }

  decision(doubt: Doubt): Row | undefined {
    return this.decisions.get(keyOf(doubt));
  }

  /** Number of images of this list that were decided. */
  get decided(): number {
    return this.doubts.filter((one) => this.decisions.has(keyOf(one))).length;
  }

  /** Numbers of decisions of each kind, of all lists. */
  get counts(): Readonly<Record<Action, number>> {
    const counts = { relabel: 0, remove: 0, keep: 0 };
    for (const row of this.decisions.values()) counts[row.action] += 1;
    return counts;
  }

  /** Decide about the current image, and go to the next one. */
  decide(action: Action, newLabel = ""): void {
    const doubt = this.current;
    if (!doubt) return;
    const isSame = action === "relabel" && newLabel === doubt.label;
    const row: Row = {
      image: doubt.image,
      split: doubt.split,
      index: doubt.index,
      digest: doubt.digest,
      label: doubt.label,
      action: isSame ? "keep" : action,
      new_label: action === "relabel" && !isSame ? newLabel : "",
    };
    this.#change(keyOf(doubt), row);
    this.move(1);
  }

  /** Take the decision about the current image back. */
  clear(): void {
    const doubt = this.current;
    if (doubt && this.decision(doubt)) this.#change(keyOf(doubt), undefined);
  }

  move(step: number): void {
    this.at = Math.max(0, Math.min(this.doubts.length - 1, this.at + step));
  }

  undo(): void {
    const last = this.#undo.pop();
    if (!last) return;
    this.canUndo = this.#undo.length > 0;
    this.at = last.at;
    this.#set(last.key, last.row);
  }

  #change(key: string, row: Row | undefined): void {
    this.#undo.push({ key, row: this.decisions.get(key), at: this.at });
    this.canUndo = true;
    this.#set(key, row);
  }

  #set(key: string, row: Row | undefined): void {
    const next = new Map(this.decisions);
    if (row) next.set(key, row);
    else next.delete(key);
    this.decisions = next;
    this.state = "saving";
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.save(), SAVE_AFTER_MS);
  }

  /** Write the list now. */
  async save(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const rows = [...this.decisions.values()];
    try {
      const saved = await put("/api/data/{id}/corrections", {
        path: { id: this.#id },
        body: { rows, file: "" },
      });
      this.file = saved.file ?? this.file;
      this.problem = null;
      if (this.#timer === undefined) this.state = "saved";
    } catch (error) {
      this.problem = error;
      this.state = "failed";
    }
  }

  /** Write what waits; for the end of the view. */
  close(): void {
    if (this.#timer !== undefined) void this.save();
  }
}

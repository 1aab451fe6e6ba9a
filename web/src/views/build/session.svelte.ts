/** State of the view: the network, its history, what is selected, and what Python says of it. */

import { partsOf } from "$/blocks/parts";
import { parsePlaced, lineOf } from "$/blocks/places";
import type { Architecture, Block } from "$/engine/types";
import { failure } from "$/lang/failure";
import { sentence } from "$/lang/sentence";
import { text } from "$/lang/index.svelte";
import { toasts } from "$/parts/toasts.svelte";
import { address } from "$/views/address.svelte";
import {
  blockAt,
  blocksAt,
  changedAt,
  inserted,
  isArchitecture,
  isChain,
  isComposition,
  isList,
  join,
  moved,
  removed,
  renamed,
  split,
  unwrapped,
  withChanges,
  wrapped,
  type Named,
  type Place,
  type Wrapping,
} from "./edits";
import { firstFolded, visible } from "./folding";
import { after, begun, redone, undone, type History } from "./history";
import { check, fixesOf, open, type Checked, type Clash, type Figures, type Fix } from "./records";
import { packed, unpacked } from "./share";
import { FIRST } from "./starts";

const WAIT_MS = 60; // a word that is being typed is one request
const JOIN_MS = 1_200; // changes of one field within it are one step of the history
const KEPT = "convscope.build";
const SHARE_AFTER_MS = 400;

class Session {
  history = $state.raw<History<Architecture>>(begun(FIRST));
  /** Paths of the selected blocks; the last one has the focus. */
  selected = $state.raw<readonly string[]>([]);
  folded = $state.raw<ReadonlySet<string>>(new Set());
  clipboard = $state.raw<readonly Named[]>([]);
  batch = $state(1);
  checked = $state.raw<Checked | null>(null);
  fixes = $state.raw<readonly Fix[]>([]);
  /** Why there is no answer. */
  failed = $state.raw<unknown>(null);
  isWaiting = $state(false);
  /** What the last action did, for screen readers. */
  announced = $state("");
  /** Saved under this path, if it was not changed since. */
  savedAs = $state.raw<{ readonly path: string; readonly network: Architecture } | null>(null);

  readonly network = $derived(this.history.now);
  readonly root = $derived(this.network.block);
  readonly focus = $derived(this.selected.at(-1) ?? "");
  readonly rows = $derived(
    new Map<string, Figures>((this.checked?.rows ?? []).map((row) => [row.path, row])),
  );
  readonly problems = $derived(
    new Map<string, Clash>((this.checked?.problems ?? []).map((each) => [each.path, each])),
  );
  readonly shown = $derived(visible(this.root, this.folded));

  #number = 0;
  #answered = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #sharing: ReturnType<typeof setTimeout> | undefined;
  #running: AbortController | null = null;
  #joining = { key: "", until: 0 };
  #started = false;

  /** Begin with the network of the address, else with the one that was left. */
  async start(): Promise<void> {
    const { net, zoo, run, network } = this.#named();
    if (this.#started && !net && !zoo && !run && !network) {
      this.#shareLater();
      this.#checkLater(0);
      return;
    }
    this.#started = true;
    try {
      if (net) this.replace(await unpacked(net));
      else if (zoo || run || network) await this.openNamed({ zoo, run, network });
      else this.#restore();
    } catch (error) {
      toasts.add(sentence(error), { isFailure: true });
      this.#restore();
    }
  }

  #named(): { net: string; zoo: string; run: string; network: string } {
    const [net, zoo, run] = [address.get("net"), address.get("zoo"), address.get("run")];
    return { net, zoo, run, network: address.get("network") };
  }

  async openNamed(query: Readonly<Record<string, string>>): Promise<void> {
    const given = Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ""));
    const { text: json } = await open(given);
    const value: unknown = JSON.parse(json);
    if (!isArchitecture(value)) throw failure("build.json.form");
    const { name, input, num_classes, block } = value;
    this.replace({ name, input, num_classes, block });
    address.set({ zoo: "", run: "", network: "" });
  }

  #restore(): void {
    let value: unknown = null;
    try {
      value = JSON.parse(localStorage.getItem(KEPT) ?? "null");
    } catch {
      // nothing was kept, or the browser keeps nothing
    }
    this.replace(isArchitecture(value) ? value : FIRST);
  }

  /** Another network, as one step of the history. */
  replace(network: Architecture): void {
    const first = this.checked === null && this.history.past.length === 0;
    this.history = first ? begun(network) : after(this.history, network);
    this.selected = [];
    this.folded = firstFolded(network.block);
    this.#changed();
  }

  /** Change the network; changes with one key shortly after each other are one step. */
  change(network: Architecture, key = ""): void {
    const now = performance.now();
    const joins = key !== "" && key === this.#joining.key && now < this.#joining.until;
    this.#joining = { key, until: now + JOIN_MS };
    this.history = after(this.history, network, joins);
    this.#changed();
  }

  changeRoot(root: Block, paths: readonly string[], announcement = ""): void {
    this.change({ ...this.network, block: root });
    this.select(paths);
    if (announcement) this.announced = announcement;
  }

  #changed(): void {
    const { root } = this;
    this.selected = this.selected.filter((path) => blockAt(root, path) !== null);
    this.#checkLater(WAIT_MS);
    this.#shareLater();
  }

  #shareLater(): void {
    clearTimeout(this.#sharing);
    this.#sharing = setTimeout(() => void this.#share(), SHARE_AFTER_MS);
  }

  async #share(): Promise<void> {
    const { network } = this;
    try {
      localStorage.setItem(KEPT, JSON.stringify(network));
    } catch {
      // private windows keep nothing
    }
    const net = await packed(network).catch(() => "");
    if (network === this.network && address.get("view") === "build") address.set({ net });
  }

  leave(): void {
    clearTimeout(this.#sharing);
  }

  checkAgain(): void {
    this.#checkLater(0);
  }

  #checkLater(wait: number): void {
    clearTimeout(this.#timer);
    this.isWaiting = true;
    this.#timer = setTimeout(() => void this.#check(), wait);
  }

  async #check(): Promise<void> {
    this.#running?.abort();
    const controller = (this.#running = new AbortController());
    const number = ++this.#number;
    const { network, batch } = this;
    try {
      const checked = await check(network, batch, controller.signal);
      if (number <= this.#answered || controller.signal.aborted) return; // an older answer
      this.#answered = number;
      this.checked = checked;
      this.failed = null;
      this.fixes = checked.fits ? [] : this.fixes.filter(({ path }) => this.problems.has(path));
      if (!checked.fits) this.fixes = await fixesOf(network, controller.signal);
    } catch (error) {
      if (!controller.signal.aborted) this.failed = error;
    } finally {
      if (number === this.#number) this.isWaiting = false;
    }
  }

  // history

  undo(): void {
    this.#step(undone(this.history), text("build.undone"));
  }

  redo(): void {
    this.#step(redone(this.history), text("build.redone"));
  }

  #step(history: History<Architecture>, announcement: string): void {
    if (history === this.history) return;
    const at = this.shown.indexOf(this.focus);
    this.history = history;
    this.#joining = { key: "", until: 0 };
    this.announced = announcement;
    this.#changed();
    // the block that had the focus may be gone: its place keeps it
    const near = this.shown[Math.min(at, this.shown.length - 1)];
    if (at >= 0 && this.selected.length === 0 && near !== undefined) this.select([near]);
  }

  // selection

  select(paths: readonly string[]): void {
    this.selected = paths;
    const open = new Set(this.folded);
    for (const path of paths) {
      for (let [around] = split(path); around; [around] = split(around)) open.delete(around);
    }
    if (open.size !== this.folded.size) this.folded = open;
  }

  toggle(path: string): void {
    const others = this.selected.filter((each) => each !== path);
    this.select(others.length < this.selected.length ? others : [...others, path]);
  }

  /** Select from the focus to a path, among the blocks that are shown. */
  selectTo(path: string): void {
    const [from, to] = [this.shown.indexOf(this.focus), this.shown.indexOf(path)];
    if (from < 0 || to < 0) return this.select([path]);
    const range = this.shown.slice(Math.min(from, to), Math.max(from, to) + 1);
    this.select([...range.filter((each) => each !== path), path]);
  }

  fold(path: string, isFolded: boolean): void {
    const next = new Set(this.folded);
    if (isFolded) next.add(path);
    else next.delete(path);
    this.folded = next;
  }

  // edits

  /** The place behind the focus; inside of an empty list, at the end without a focus. */
  place(): Place {
    const { root, focus } = this;
    const block = blockAt(root, focus);
    if (!focus || !block) return { lane: "", index: partsOf(root).length };
    if (isChain(block) && partsOf(block).length === 0) return { lane: focus, index: 0 };
    const [around, name] = split(focus);
    const outer = blockAt(root, around);
    if (outer && isChain(outer)) {
      return { lane: around, index: partsOf(outer).findIndex(([own]) => own === name) + 1 };
    }
    return { lane: focus, index: isList(block) ? partsOf(block).length : 1 };
  }

  insert(blocks: readonly Named[], place: Place = this.place()): void {
    const result = inserted(this.root, place, blocks);
    const what = blocks.map(([, block]) => block.type).join(", ");
    this.changeRoot(result.root, result.paths, text("build.inserted", { what }));
  }

  move(paths: readonly string[], place: Place): void {
    const result = moved(this.root, paths, place);
    if (!result) return;
    this.changeRoot(
      result.root,
      result.paths,
      text("build.moved", { to: result.paths.join(", ") }),
    );
  }

  remove(): void {
    const { selected, shown } = this;
    if (selected.length === 0) return;
    const at = shown.indexOf(selected[0] ?? "");
    const root = removed(this.root, selected);
    const left = visible(root, this.folded);
    const next = left[Math.min(at, left.length - 1)];
    const what = selected.join(", ");
    this.changeRoot(root, next === undefined ? [] : [next], text("build.removed", { what }));
  }

  copy(): boolean {
    const blocks = blocksAt(this.root, this.selected);
    if (blocks.length === 0) return false;
    this.clipboard = blocks;
    this.announced = text("build.copied", { what: blocks.map(([name]) => name).join(", ") });
    return true;
  }

  cut(): void {
    if (this.copy()) this.remove();
  }

  paste(): void {
    if (this.clipboard.length > 0) this.insert(this.clipboard);
  }

  duplicate(): void {
    const blocks = blocksAt(this.root, this.selected);
    if (blocks.length > 0) this.insert(blocks);
  }

  wrap(type: Wrapping): boolean {
    const result = wrapped(this.root, this.selected, type);
    if (!result) return false;
    this.changeRoot(result.root, [result.path], text("build.wrapped", { type }));
    return true;
  }

  unwrap(): void {
    const result = unwrapped(this.root, this.focus);
    if (result) this.changeRoot(result.root, result.paths, text("build.unwrapped"));
  }

  rename(name: string): boolean {
    const { focus } = this;
    const root = renamed(this.root, focus, name);
    if (!root) return false;
    const [around] = split(focus);
    const path = join(around, name);
    this.folded = new Set([...this.folded].map((each) => underName(each, focus, path)));
    this.change({ ...this.network, block: root }, `name ${around}`);
    this.selected = [path];
    return true;
  }

  setFields(path: string, fields: Readonly<Record<string, unknown>>, key: string): void {
    const root = changedAt(this.root, path, (block) => ({ ...fields, type: block.type }));
    this.change({ ...this.network, block: root }, `${path} ${key}`);
  }

  /** Put a field of a composition, as the weight of a head. */
  setOwn(path: string, name: string, value: unknown): void {
    const root = changedAt(this.root, path, (block) => ({ ...block, [name]: value }));
    this.change({ ...this.network, block: root }, `${path} ${name}`);
  }

  setType(path: string, block: Block): void {
    this.change({ ...this.network, block: changedAt(this.root, path, () => block) });
  }

  apply(fix: Fix): void {
    this.change(withChanges(this.network, fix.changes));
    this.announced = text("build.fixed");
  }

  /** Move the focus one place up (-1) or down (1), and out of its list at the end of it. */
  shift(by: -1 | 1): void {
    const { root, focus } = this;
    const [around, name] = split(focus);
    const outer = blockAt(root, around);
    if (!focus || !outer) return;
    if (isList(outer)) {
      const parts = partsOf(outer);
      const at = parts.findIndex(([own]) => own === name);
      const to = at + by;
      if (to >= 0 && to < parts.length) {
        return this.move([focus], { lane: around, index: by > 0 ? to + 1 : to });
      }
    }
    this.moveOut(by);
  }

  /** Move the focus out of the composition around it, before (-1) or behind (1) it. */
  moveOut(by: -1 | 1): void {
    const { root, focus } = this;
    let [around] = split(focus);
    while (around) {
      const [outside, name] = split(around);
      const outer = blockAt(root, outside);
      if (outer && isChain(outer)) {
        const at = partsOf(outer).findIndex(([own]) => own === name);
        return this.move([focus], { lane: outside, index: by > 0 ? at + 1 : at });
      }
      around = outside;
    }
  }

  /** Move the focus into the composition before it, else into the one behind it. */
  moveIn(): void {
    const { root, focus } = this;
    const [around, name] = split(focus);
    const outer = blockAt(root, around);
    if (!focus || !outer || !isList(outer)) return;
    const parts = partsOf(outer);
    const at = parts.findIndex(([own]) => own === name);
    for (const to of [at - 1, at + 1]) {
      const [own, block] = parts[to] ?? [];
      if (own === undefined || !block || !isComposition(block)) continue;
      const path = join(around, own);
      const first = partsOf(block)[0]?.[0];
      const lane = isChain(block) || first === undefined ? path : join(path, first);
      const inside = blockAt(root, lane);
      const length = inside && isList(inside) ? partsOf(inside).length : 1;
      return this.move([focus], { lane, index: to < at ? length : 0 });
    }
  }

  /** Read the JSON of an editor; returns its fault with the line, or null. */
  readJson(json: string): { readonly fault: string; readonly line: number } | null {
    const placed = parsePlaced(json);
    if ("kind" in placed) {
      const { line, column } = lineOf(json, placed.at);
      return { fault: text(`train.json.${placed.kind}`, { line, column }), line };
    }
    if (!isArchitecture(placed.value)) return { fault: text("build.json.form"), line: 1 };
    const { name, input, num_classes, block } = placed.value;
    this.change({ name, input, num_classes, block }, "json");
    return null;
  }

  sentenceOf(error: unknown): string {
    return sentence(error);
  }
}

function underName(path: string, old: string, own: string): string {
  if (path === old) return own;
  return path.startsWith(`${old}.`) ? own + path.slice(old.length) : path;
}

export const session = new Session();

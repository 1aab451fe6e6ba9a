/** Keys of the canvas: everything that dragging does is possible with them. */

import { partsOf } from "$/blocks/parts";
import { blockAt, isComposition, split } from "../edits";
import { cardsIn } from "../folding";
import { session } from "../session.svelte";

interface Pressed {
  readonly key: string;
  readonly shift: boolean;
  readonly ctrl: boolean;
  readonly alt: boolean;
}

/** What keys ask for outside of the network. */
export interface Outside {
  readonly edit: () => void;
  readonly rename: () => void;
  readonly add: () => void;
}

/** Handle a key; returns whether it was one of the canvas. */
export function handle(pressed: Pressed, outside: Outside): boolean {
  const { ctrl, alt } = pressed;
  const name = pressed.key.length === 1 ? pressed.key.toLowerCase() : pressed.key;
  const table = ctrl ? withControl(pressed) : alt ? withAlt : plain(pressed, outside);
  const action = table[name];
  if (!action) return false;
  action();
  return true;
}

type Actions = Readonly<Record<string, () => void>>;

function withControl({ shift }: Pressed): Actions {
  return {
    z: () => (shift ? session.redo() : session.undo()),
    y: () => session.redo(),
    c: () => void session.copy(),
    x: () => session.cut(),
    v: () => session.paste(),
    d: () => session.duplicate(),
    a: () => selectSiblings(),
    " ": () => session.focus && session.toggle(session.focus),
  };
}

const withAlt: Actions = {
  ArrowUp: () => session.shift(-1),
  ArrowDown: () => session.shift(1),
  ArrowLeft: () => session.moveOut(1),
  ArrowRight: () => session.moveIn(),
};

function plain({ shift }: Pressed, outside: Outside): Actions {
  return {
    ArrowUp: () => step(-1, shift),
    ArrowDown: () => step(1, shift),
    ArrowLeft: () => collapse(),
    ArrowRight: () => expand(),
    Home: () => go(session.shown[0], shift),
    End: () => go(session.shown.at(-1), shift),
    Enter: outside.edit,
    F2: outside.rename,
    Insert: outside.add,
    "+": outside.add,
    " ": () => session.focus && session.fold(session.focus, !session.folded.has(session.focus)),
    Delete: () => session.remove(),
    Backspace: () => session.remove(),
    Escape: () => session.select([]),
  };
}

function step(by: -1 | 1, extend: boolean): void {
  const at = session.shown.indexOf(session.focus);
  go(session.shown[at < 0 ? (by > 0 ? 0 : session.shown.length - 1) : at + by], extend);
}

function go(path: string | undefined, extend: boolean): void {
  if (path === undefined) return;
  if (extend) session.selectTo(path);
  else session.select([path]);
}

/** Fold the focus; of a layer, and of what is folded already, go to the block around it. */
function collapse(): void {
  const { focus, root, folded, shown } = session;
  const block = blockAt(root, focus);
  if (block && isComposition(block) && !folded.has(focus)) return session.fold(focus, true);
  for (let [around] = split(focus); around; [around] = split(around)) {
    if (shown.includes(around)) return session.select([around]);
  }
}

/** Unfold the focus; of what is open already, go to its first block. */
function expand(): void {
  const { focus, root, folded } = session;
  const block = blockAt(root, focus);
  if (!block || !isComposition(block)) return;
  if (folded.has(focus)) return session.fold(focus, false);
  go(cardsIn(block, focus)[0]?.path, false);
}

function selectSiblings(): void {
  const [around] = split(session.focus);
  const outer = blockAt(session.root, around);
  if (!outer) return;
  const paths = partsOf(outer).map(([name]) => (around ? `${around}.${name}` : name));
  session.select(paths.filter((path) => session.shown.includes(path)));
}

/**
 * Dragging blocks: places are measured once when a drag begins; while it lasts only a mark and the
 * picture of what is dragged move, by transforms, so that large networks do not drop frames.
 */

import type { Named, Place } from "../edits";

/** What is dragged: blocks of the network by their paths, or new ones. */
export type Load =
  | { readonly kind: "move"; readonly paths: readonly string[]; readonly label: string }
  | { readonly kind: "new"; readonly blocks: readonly Named[]; readonly label: string };

interface Slot {
  readonly place: Place;
  readonly x: number;
  readonly y: number;
  readonly length: number;
  readonly upright: boolean;
}

interface Lane {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly depth: number;
  readonly slots: readonly Slot[];
}

const THRESHOLD = 4; // pixels before a press is a drag
const EDGE = 48; // of the canvas, in which it scrolls
const SPEED = 14;
const REACH = 9; // pixels above and below a lane that belong to it

class Drag {
  load = $state.raw<Load | null>(null);
  /** The place under the pointer, in the coordinates of the canvas's content. */
  slot = $state.raw<Slot | null>(null);

  #lanes: readonly Lane[] = [];
  #canvas: HTMLElement | null = null;
  #ghost: HTMLElement | null = null;
  #origin = { x: 0, y: 0 };
  #at = { x: 0, y: 0 };
  #frame = 0;
  #drop: ((load: Load, place: Place) => void) | null = null;
  #forbidden: readonly string[] = [];
  #end: (() => void) | null = null;

  attach(canvas: HTMLElement, drop: (load: Load, place: Place) => void): () => void {
    this.#canvas = canvas;
    this.#drop = drop;
    return () => {
      this.cancel();
      this.#canvas = null;
    };
  }

  ghost(element: HTMLElement): () => void {
    this.#ghost = element;
    this.#follow();
    return () => {
      this.#ghost = null;
    };
  }

  /** Begin with a press; it becomes a drag when the pointer moves. */
  press(event: PointerEvent, load: Load): void {
    if (event.button !== 0 || this.load) return;
    this.#origin = { x: event.clientX, y: event.clientY };
    this.#at = this.#origin;
    const move = (next: PointerEvent): void => this.#move(next, load);
    const up = (): void => this.#finish(true);
    const stop = (): void => this.#finish(false);
    const key = (pressed: KeyboardEvent): void => {
      if (pressed.key === "Escape") stop();
    };
    addEventListener("pointermove", move);
    addEventListener("pointerup", up);
    addEventListener("pointercancel", stop);
    addEventListener("keydown", key);
    this.#end = () => {
      removeEventListener("pointermove", move);
      removeEventListener("pointerup", up);
      removeEventListener("pointercancel", stop);
      removeEventListener("keydown", key);
    };
  }

  #move(event: PointerEvent, load: Load): void {
    this.#at = { x: event.clientX, y: event.clientY };
    const far = Math.hypot(this.#at.x - this.#origin.x, this.#at.y - this.#origin.y) > THRESHOLD;
    if (!this.load && far) {
      this.#forbidden = load.kind === "move" ? load.paths : [];
      this.#measure();
      this.load = load;
      getSelection()?.removeAllRanges();
      this.#frame = requestAnimationFrame(() => this.#tick());
    }
  }

  #tick(): void {
    if (!this.load) return;
    this.#follow();
    this.#scroll();
    this.slot = this.#nearest();
    this.#frame = requestAnimationFrame(() => this.#tick());
  }

  #follow(): void {
    if (this.#ghost) {
      this.#ghost.style.transform = `translate(${this.#at.x + 12}px, ${this.#at.y + 8}px)`;
    }
  }

  #scroll(): void {
    const canvas = this.#canvas;
    if (!canvas) return;
    const box = canvas.getBoundingClientRect();
    const { x, y } = this.#at;
    const speed = (near: number): number => Math.max(0, Math.min(1, 1 - near / EDGE)) * SPEED;
    if (x < box.left || x > box.right) return;
    if (y < box.bottom + EDGE && y > box.top - EDGE) {
      const [up, down] = [speed(y - box.top), speed(box.bottom - y)];
      if (up > 0 || down > 0) canvas.scrollTop += down - up;
    }
    const [left, right] = [speed(x - box.left), speed(box.right - x)];
    if (left > 0 || right > 0) canvas.scrollLeft += right - left;
  }

  /** Measure all lanes and their places, in the coordinates of the canvas's content. */
  #measure(): void {
    const canvas = this.#canvas;
    if (!canvas) return;
    const frame = canvas.getBoundingClientRect();
    const [dx, dy] = [canvas.scrollLeft - frame.left, canvas.scrollTop - frame.top];
    const elements = [...canvas.querySelectorAll<HTMLElement>("[data-lane]")];
    this.#lanes = elements.flatMap((element): Lane[] => {
      const path = element.dataset.lane ?? "";
      const forbidden = this.#forbidden.some(
        (source) => path === source || path.startsWith(`${source}.`),
      );
      if (forbidden) return [];
      const box = element.getBoundingClientRect();
      const items = [...element.children].filter(
        (child): child is HTMLElement => child instanceof HTMLElement && "item" in child.dataset,
      );
      const upright = element.dataset.direction === "row";
      const slots = slotsOf(items, { lane: path, upright, box, dx, dy });
      const reach = upright ? 0 : REACH;
      const [left, right] = [box.left + dx, box.right + dx];
      const [top, bottom] = [box.top + dy - reach, box.bottom + dy + reach];
      const depth = path ? path.split(".").length : 0;
      return [{ left, top, right, bottom, depth, slots }];
    });
  }

  #nearest(): Slot | null {
    const canvas = this.#canvas;
    if (!canvas) return null;
    const frame = canvas.getBoundingClientRect();
    const inside =
      this.#at.x >= frame.left &&
      this.#at.x <= frame.right &&
      this.#at.y >= frame.top &&
      this.#at.y <= frame.bottom;
    if (!inside) return null;
    const x = this.#at.x - frame.left + canvas.scrollLeft;
    const y = this.#at.y - frame.top + canvas.scrollTop;
    let best: Lane | null = null;
    for (const lane of this.#lanes) {
      const within = x >= lane.left && x <= lane.right && y >= lane.top && y <= lane.bottom;
      if (within && (!best || lane.depth >= best.depth)) best = lane;
    }
    best ??= this.#lanes.find(({ depth }) => depth === 0) ?? null;
    let nearest: Slot | null = null;
    let least = Infinity;
    for (const slot of best?.slots ?? []) {
      const distance = Math.abs(slot.upright ? x - slot.x : y - slot.y);
      if (distance < least) [nearest, least] = [slot, distance];
    }
    return nearest;
  }

  #finish(isDrop: boolean): void {
    const { load, slot } = this;
    this.#end?.();
    this.#end = null;
    cancelAnimationFrame(this.#frame);
    this.load = null;
    this.slot = null;
    if (isDrop && load && slot) this.#drop?.(load, slot.place);
  }

  cancel(): void {
    this.#finish(false);
  }
}

interface Within {
  readonly lane: string;
  readonly upright: boolean;
  readonly box: DOMRect;
  readonly dx: number;
  readonly dy: number;
}

const HALF_GAP = 5;

/** Places before every item of a lane, and behind the last. */
function slotsOf(items: readonly HTMLElement[], within: Within): Slot[] {
  const { lane, upright, box, dx, dy } = within;
  const boxes = items.map((item) => item.getBoundingClientRect());
  const at = (index: number, from: number, to: number, x: number, y: number): Slot => ({
    place: { lane, index },
    x: x + dx,
    y: y + dy,
    length: Math.max(40, to - from),
    upright,
  });
  const last = boxes.at(-1);
  if (!last) {
    const middle = upright ? (box.left + box.right) / 2 : (box.top + box.bottom) / 2;
    return upright
      ? [at(0, box.top, box.bottom, middle, box.top)]
      : [at(0, box.left, box.right, box.left, middle)];
  }
  if (upright) {
    return [
      ...boxes.map((own, i) => at(i, own.top, own.bottom, own.left - HALF_GAP, own.top)),
      at(boxes.length, last.top, last.bottom, last.right + HALF_GAP, last.top),
    ];
  }
  return [
    ...boxes.map((own, i) => at(i, own.left, own.right, own.left, own.top - HALF_GAP)),
    at(boxes.length, last.left, last.right, last.left, last.bottom + HALF_GAP),
  ];
}

export const drag = new Drag();

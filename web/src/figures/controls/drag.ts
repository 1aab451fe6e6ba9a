/** Dragging with mouse, pen or finger, in pixels from the upper left corner of an element. */

import type { Attachment } from "svelte/attachments";

export interface Point {
  readonly x: number;
  readonly y: number;
}

interface Dragged {
  /** Called when the pointer goes down, and whenever it moves while it is down. */
  readonly onmove: (point: Point, isFirst: boolean) => void;
  readonly onend?: () => void;
}

/** Whether a finger that moved so far scrolls the page: it is cancelled only after a first move. */
function scrolls(element: Element, from: Point, to: Point): boolean {
  const action = getComputedStyle(element).touchAction;
  const [across, along] = [Math.abs(to.x - from.x), Math.abs(to.y - from.y)];
  return (action === "pan-y" && along >= across) || (action === "pan-x" && across >= along);
}

/**
 * Follow a pointer from the moment that it goes down on the element; others are left alone.
 *
 * A finger may want to scroll: nothing is called before it moves in a direction in which the page
 * does not scroll (`touch-action`), or is lifted where it was put down.
 */
export function dragging({ onmove, onend }: Dragged): Attachment<HTMLElement | SVGElement> {
  return (element) => {
    let held: { readonly id: number; readonly from: Point; hasBegun: boolean } | null = null;
    const at = (event: PointerEvent): Point => {
      const box = element.getBoundingClientRect();
      return { x: event.clientX - box.left, y: event.clientY - box.top };
    };
    const begin = (event: PointerEvent): void => {
      if (!held || held.hasBegun) return;
      held.hasBegun = true;
      onmove(at(event), true);
    };
    const down = (event: Event): void => {
      if (!(event instanceof PointerEvent) || held !== null || event.button !== 0) return;
      held = { id: event.pointerId, from: at(event), hasBegun: false };
      element.setPointerCapture(event.pointerId);
      if (event.pointerType !== "touch") begin(event);
    };
    const move = (event: Event): void => {
      if (!(event instanceof PointerEvent) || event.pointerId !== held?.id) return;
      if (held.hasBegun) onmove(at(event), false);
      else if (!scrolls(element, held.from, at(event))) begin(event);
    };
    const end = (): void => {
      const hasBegun = held?.hasBegun ?? false;
      held = null;
      if (hasBegun) onend?.();
    };
    const up = (event: Event): void => {
      if (!(event instanceof PointerEvent) || event.pointerId !== held?.id) return;
      begin(event);
      end();
    };
    const cancel = (event: Event): void => {
      if (event instanceof PointerEvent && event.pointerId === held?.id) end();
    };
    const listeners = [
      ["pointerdown", down],
      ["pointermove", move],
      ["pointerup", up],
      ["pointercancel", cancel],
    ] as const;
    for (const [name, listener] of listeners) element.addEventListener(name, listener);
    return () => {
      for (const [name, listener] of listeners) element.removeEventListener(name, listener);
    };
  };
}

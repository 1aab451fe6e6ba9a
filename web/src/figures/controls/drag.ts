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

/** Follow a pointer from the moment that it goes down on the element; others are left alone. */
export function dragging({ onmove, onend }: Dragged): Attachment<HTMLElement | SVGElement> {
  return (element) => {
    let held: number | null = null;
    const at = (event: PointerEvent): Point => {
      const box = element.getBoundingClientRect();
      return { x: event.clientX - box.left, y: event.clientY - box.top };
    };
    const down = (event: Event): void => {
      if (!(event instanceof PointerEvent) || held !== null || event.button !== 0) return;
      held = event.pointerId;
      element.setPointerCapture(event.pointerId);
      onmove(at(event), true);
    };
    const move = (event: Event): void => {
      if (event instanceof PointerEvent && event.pointerId === held) onmove(at(event), false);
    };
    const up = (event: Event): void => {
      if (!(event instanceof PointerEvent) || event.pointerId !== held) return;
      held = null;
      onend?.();
    };
    const listeners = [
      ["pointerdown", down],
      ["pointermove", move],
      ["pointerup", up],
      ["pointercancel", up],
    ] as const;
    for (const [name, listener] of listeners) element.addEventListener(name, listener);
    return () => {
      for (const [name, listener] of listeners) element.removeEventListener(name, listener);
    };
  };
}

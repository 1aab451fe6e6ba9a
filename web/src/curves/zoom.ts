/** The part of the horizontal axis that is shown: chosen by dragging, or with keys. */

import { LEFT, RIGHT, xOf, type Frame } from "./plot";

/** From and to; null shows everything. */
export type Zoom = readonly [start: number, end: number] | null;

export interface Reading {
  readonly zoom: Zoom;
  readonly cursor: number | null;
}

/** A drag of fewer pixels is a click. */
const LEAST_PIXELS = 6;
/** Pixels that an arrow key moves the cursor. */
const STEP_PIXELS = 8;
const FACTOR = 0.6;
/** Share of the window that shift and an arrow key move it. */
const PAN = 0.25;

/** Return the part that was dragged over; null if it was a click. */
export function dragged(frame: Frame, { from, to }: { from: number; to: number }): Zoom {
  if (Math.abs(to - from) < LEAST_PIXELS) return null;
  const [left, right] = [LEFT, frame.width - RIGHT];
  const inside = (place: number): number => Math.min(right, Math.max(left, place));
  const [start, end] = [inside(Math.min(from, to)), inside(Math.max(from, to))];
  return start < end ? [xOf(frame, start), xOf(frame, end)] : null;
}

/** Return what a key changes; null for one without a meaning. */
export function keyed(
  key: string,
  shift: boolean,
  { axes, width }: Frame,
  { zoom, cursor }: Reading,
): Reading | null {
  const { start, end } = axes;
  const at = cursor ?? (start + end) / 2;
  const move = { ArrowLeft: -1, ArrowRight: 1 }[key];
  if (move !== undefined && shift) {
    const by = Math.max(-start, move * PAN * (end - start));
    return { zoom: zoom ? [start + by, end + by] : null, cursor };
  }
  if (move !== undefined) {
    const by = (move * STEP_PIXELS * (end - start)) / Math.max(1, width - LEFT - RIGHT);
    return { zoom, cursor: Math.min(end, Math.max(start, at + by)) };
  }
  switch (key) {
    case "+":
    case "=":
      return { zoom: around(axes, at, FACTOR), cursor: at };
    case "-":
      return { zoom: zoom ? around(axes, at, 1 / FACTOR) : null, cursor: at };
    case "0":
    case "Home":
      return { zoom: null, cursor };
    case "Escape":
      return { zoom, cursor: null };
    default:
      return null;
  }
}

function around({ start, end }: Frame["axes"], at: number, factor: number): Zoom {
  const left = Math.max(0, at - (at - start) * factor);
  return [left, Math.max(left + 1e-6, at + (end - at) * factor)];
}

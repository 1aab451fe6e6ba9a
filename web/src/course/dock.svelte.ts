/** Docking of a figure: a phrase that drives a figure out of view puts it at the edge of the screen. */

import type { Attachment } from "svelte/attachments";

const ENOUGH = 0.5; // share of the figure or of the screen, whichever is less

/** Return how much of an element is in view, as a share of what could be. */
function shareInView(element: Element): number {
  const { top, bottom, height } = element.getBoundingClientRect();
  const seen = Math.min(bottom, innerHeight) - Math.max(top, 0);
  return Math.max(0, seen) / Math.max(1, Math.min(height, innerHeight));
}

export class Dock {
  isDocked = $state(false);
  /** Height that the place of the figure keeps while it is docked, in pixels. */
  height = $state(0);
  #place: Element | null = null;

  /** Remember the place of the figure in the text, and go back to it when it comes into view. */
  watch: Attachment = (element) => {
    this.#place = element;
    const onscroll = (): void => {
      if (this.isDocked && shareInView(element) >= ENOUGH) this.isDocked = false;
    };
    addEventListener("scroll", onscroll, { passive: true });
    return () => {
      removeEventListener("scroll", onscroll);
      this.#place = null;
    };
  };

  /** Bring the figure into view. */
  call(): void {
    if (!this.#place || this.isDocked || shareInView(this.#place) >= ENOUGH) return;
    this.height = this.#place.getBoundingClientRect().height;
    this.isDocked = true;
  }

  leave = (): void => {
    this.isDocked = false;
  };
}

/** Playing of a figure: a step at a time, until the figure leaves the screen. */

import type { Attachment } from "svelte/attachments";

const STEP_MS = 700;

/**
 * Calls `step` at regular times while it plays; nothing plays before a user starts it.
 *
 *   const player = new Player(() => change({ step: next }));
 *   <div {@attach player.watch}> <button onclick={player.toggle}> ... player.isPlaying
 */
export class Player {
  isPlaying = $state(false);
  readonly #step: () => void;
  readonly #ms: number;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(step: () => void, ms: number = STEP_MS) {
    this.#step = step;
    this.#ms = ms;
  }

  play = (): void => {
    if (this.isPlaying) return;
    this.isPlaying = true;
    this.#timer = setInterval(this.#step, this.#ms);
  };

  pause = (): void => {
    clearInterval(this.#timer);
    this.isPlaying = false;
  };

  toggle = (): void => (this.isPlaying ? this.pause() : this.play());

  /** Pause when the element leaves the screen, the tab is hidden, or the figure is removed. */
  watch: Attachment = (element) => {
    const observer = new IntersectionObserver((entries) => {
      if (entries.every((entry) => !entry.isIntersecting)) this.pause();
    });
    const onhidden = (): void => {
      if (document.hidden) this.pause();
    };
    observer.observe(element);
    document.addEventListener("visibilitychange", onhidden);
    return () => {
      observer.disconnect();
      document.removeEventListener("visibilitychange", onhidden);
      this.pause();
    };
  };
}

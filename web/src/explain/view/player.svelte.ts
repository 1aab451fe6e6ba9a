/** Steps through the units of a map, one after the other, at a pace that eyes can follow. */

const MILLISECONDS = 140;
const CALM_MILLISECONDS = 700;

export class Player {
  index = $state<number | null>(null);
  #timer: ReturnType<typeof setInterval> | undefined;

  /** Play from a unit, through `count` units from `first` on, again and again. */
  start(from: number, first: number, count: number): void {
    this.stop();
    this.index = from;
    const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const step = (): void => {
      const at = this.index ?? from;
      this.index = first + ((at - first + 1) % count);
    };
    this.#timer = setInterval(step, isCalm ? CALM_MILLISECONDS : MILLISECONDS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.index = null;
  }
}

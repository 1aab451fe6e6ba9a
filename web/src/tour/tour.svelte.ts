/** The tour: whether it is shown, and at which step. It starts only when somebody asks for it. */

import { keep, kept } from "$/parts/kept";
import { STEPS } from "$/tour/steps";
import { address } from "$/views/address.svelte";

const KEY = "convscope.tour";

class Tour {
  /** Number of the step; null while no tour is shown. */
  at = $state<number | null>(null);
  /** Whether the first page still offers it. */
  isOffered = $state(kept(KEY) === "");

  start(): void {
    this.go(0);
  }

  go(at: number): void {
    const step = STEPS[at];
    if (!step) {
      this.end();
      return;
    }
    this.at = at;
    if ((address.get("view") || "home") !== step.view) address.open({ view: step.view });
  }

  /** Close the tour; the first page does not offer it again. */
  end(): void {
    this.at = null;
    this.isOffered = false;
    keep(KEY, "seen");
  }
}

export const tour = new Tour();

/** State of the setup: what can be chosen, what is chosen, and the plan that the studio makes of it. */

import type { Schema } from "$/form/schema";
import * as api from "../api";
import type { DataSet, Measured, Network, Plan, RecipeEntry } from "../records";
import { EMPTY, entrants, keep, type Entrant } from "./place";

const PLAN_AFTER_MS = 180;
const USUAL_NETWORK = "lenet5";
const USUAL_DATA = "mnist";

/** The plan of one entrant: fetched again, a moment after something has changed. */
export class Planned {
  plan = $state.raw<Plan | null>(null);
  recipes = $state.raw<readonly RecipeEntry[]>([]);
  problem = $state.raw<unknown>(null);
  isWaiting = $state(false);
  /** Steps that were timed on request. */
  measured = $state.raw<Measured | null>(null);
  isMeasuring = $state(false);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #control = new AbortController();
  #recipesOf = "";

  request(entrant: Entrant, data: string): void {
    clearTimeout(this.#timer);
    this.#control.abort();
    this.#control = new AbortController();
    this.isWaiting = true;
    const { signal } = this.#control;
    this.#timer = setTimeout(() => void this.#fetch(entrant, data, signal), PLAN_AFTER_MS);
  }

  async #fetch(entrant: Entrant, data: string, signal: AbortSignal): Promise<void> {
    try {
      const plan = await api.plan({ ...entrant, data }, signal);
      if (signal.aborted) return;
      if (this.plan?.architecture !== plan.architecture) this.measured = null;
      this.plan = plan;
      this.problem = null;
      await this.#fetchRecipes(entrant.network, data, signal);
    } catch (error) {
      if (!signal.aborted) this.problem = error;
    } finally {
      if (!signal.aborted) this.isWaiting = false;
    }
  }

  async #fetchRecipes(network: string, data: string, signal: AbortSignal): Promise<void> {
    const key = `${network}\n${data}`;
    if (key === this.#recipesOf) return;
    this.recipes = await api.recipes(network, data, signal);
    this.#recipesOf = key;
  }

  async measure(entrant: Entrant, data: string): Promise<void> {
    this.isMeasuring = true;
    try {
      this.measured = await api.measure({ ...entrant, data });
    } finally {
      this.isMeasuring = false;
    }
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#control.abort();
  }
}

export class Chosen {
  networks = $state.raw<readonly Network[]>([]);
  dataSets = $state.raw<readonly DataSet[]>([]);
  schema = $state.raw<Schema | null>(null);
  problem = $state.raw<unknown>(null);
  readonly plans: readonly [Planned, Planned] = [new Planned(), new Planned()];

  async load(): Promise<void> {
    // the lists only help to choose: without them a name can still be typed
    const [networks, data, schema] = await Promise.allSettled([
      api.networks(),
      api.dataSets(),
      api.schema(),
    ]);
    if (networks.status === "fulfilled") this.networks = networks.value;
    if (data.status === "fulfilled") this.dataSets = data.value;
    if (schema.status === "fulfilled") this.schema = schema.value as Schema;
    const failed = [networks, data, schema].find(({ status }) => status === "rejected");
    this.problem = failed?.status === "rejected" ? failed.reason : null;
  }

  async loadData(): Promise<void> {
    this.dataSets = await api.dataSets();
  }

  change(index: number, data: string, changes: Partial<Entrant>): void {
    const list = entrantsOrUsual();
    const own = list[index] ?? EMPTY;
    // another network or data have another recipe: settings stay, a recipe of a run does not
    const isOther = changes.network !== undefined && changes.network !== own.network;
    const next = { ...own, ...(isOther ? { recipe: null, input: "" } : {}), ...changes };
    keep(
      list.map((one, i) => (i === index ? next : one)),
      data,
    );
  }

  addRival(data: string): void {
    const [first = EMPTY] = entrantsOrUsual();
    keep([first, { ...first }], data);
  }

  removeRival(data: string): void {
    keep(entrantsOrUsual().slice(0, 1), data);
  }
}

/** Return the entrants of the address; without one the usual network. */
export function entrantsOrUsual(): readonly Entrant[] {
  return entrants().map((one) => (one.network ? one : { ...one, network: USUAL_NETWORK }));
}

export const dataOrUsual = (data: string): string => data || USUAL_DATA;

/**
 * The studio's events: one EventSource for the page, whatever the number of listeners.
 *
 * A lost connection is tried again, with the id of the last event. Where events may be missing,
 * the studio sends `reset`: listeners load again what they show. A page in the background
 * closes its connection, since a browser has six for a host and every tab would hold one.
 */

import { untrack } from "svelte";
import type { components } from "$/api/schema";
import { choice } from "$/lang/index.svelte";

export type Job = components["schemas"]["Job"];

/** What an event says, by its name. */
export interface Events {
  readonly run: { readonly id: string; readonly [field: string]: unknown };
  readonly job: Job;
  readonly watch: { readonly run: string; readonly [field: string]: unknown };
  readonly data: { readonly [field: string]: unknown };
  readonly task: { readonly [field: string]: unknown };
  readonly reset: { readonly [field: string]: unknown };
}
export type Kind = keyof Events;
type Listener<K extends Kind> = (event: Events[K]) => void;

const KINDS: readonly Kind[] = ["run", "job", "watch", "data", "task", "reset"];
const ROUTE = "/api/events";
const FIRST_WAIT_MS = 1_000;
const MOST_WAIT_MS = 15_000;
const HIDDEN_MS = 30_000;

type Connection = "closed" | "connecting" | "open" | "lost";

class Stream {
  /** For the page's sign that the studio does not answer. */
  connection = $state<Connection>("closed");

  #listeners = new Map<Kind, Set<Listener<never>>>(KINDS.map((kind) => [kind, new Set()]));
  #source: EventSource | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #wait = FIRST_WAIT_MS;
  #last = "";
  #language = "";

  /** Listen to events of one kind until the function that is returned is called. */
  on<K extends Kind>(kind: K, listener: Listener<K>): () => void {
    const listeners = this.#listeners.get(kind);
    listeners?.add(listener);
    return () => void listeners?.delete(listener);
  }

  /** Connect; returns the function that ends it. */
  start(): () => void {
    this.#connect();
    const onvisibility = (): void => this.#visible();
    document.addEventListener("visibilitychange", onvisibility);
    const stop = $effect.root(() => {
      $effect(() => {
        const { language } = choice; // sentences of jobs come in the language of the page
        untrack(() => {
          if (this.#source !== null && language !== this.#language) this.#connect();
        });
      });
    });
    return () => {
      stop();
      document.removeEventListener("visibilitychange", onvisibility);
      this.#close("closed");
    };
  }

  /** Try now, in place of after the wait. */
  retry(): void {
    this.#wait = FIRST_WAIT_MS;
    this.#connect();
  }

  #visible(): void {
    clearTimeout(this.#timer);
    if (document.visibilityState === "hidden")
      this.#timer = setTimeout(() => this.#close("closed"), HIDDEN_MS);
    else if (this.#source === null) this.#connect();
  }

  #close(connection: Connection): void {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
    this.connection = connection;
  }

  #connect(): void {
    this.#close(this.connection === "lost" ? "lost" : "connecting");
    // a new EventSource does not know the last id; the studio answers an id that is too old with reset
    this.#language = choice.language;
    const query = new URLSearchParams({ lang: choice.language, last: this.#last });
    const source = new EventSource(`${ROUTE}?${query}`);
    this.#source = source;
    source.addEventListener("open", () => {
      this.connection = "open";
      this.#wait = FIRST_WAIT_MS;
    });
    source.addEventListener("error", () => this.#onerror(source));
    for (const kind of KINDS)
      source.addEventListener(kind, (event: MessageEvent<string>) => {
        this.#last = event.lastEventId;
        this.#read(kind, event.data);
      });
  }

  #onerror(source: EventSource): void {
    if (source !== this.#source) return;
    this.connection = "lost";
    if (source.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#connect(), this.#wait);
    this.#wait = Math.min(2 * this.#wait, MOST_WAIT_MS);
  }

  #read(kind: Kind, data: string): void {
    let value: unknown;
    try {
      value = JSON.parse(data);
    } catch {
      value = null;
    }
    if (typeof value === "object" && value !== null) this.#tell(kind, value);
  }

  #tell(kind: Kind, event: object): void {
    for (const listener of [...(this.#listeners.get(kind) ?? [])]) listener(event as never);
  }
}

export const stream = new Stream();

/** Jobs of the studio: a list that is kept up to date, starting, waiting, cancelling. */

import { get, post, send } from "$/api/client";
import { inWords, readRefusal, refused } from "$/api/refusal";
import { failure } from "$/lang/failure";
import { text } from "$/lang/index.svelte";
import { stream, type Job } from "$/api/stream.svelte";

export type { Job } from "$/api/stream.svelte";

/** Whether a job is over. */
export const isOver = (job: Job): boolean => job.state !== "waiting" && job.state !== "running";

/** Whether a job ended without its result. */
export const isFailed = (job: Job): boolean => job.state === "failed" || job.state === "damaged";

/** Return the reason of a failed job as one text. */
export function reasonOf(job: Job): string {
  const refusal = readRefusal(job.error);
  return refusal ? inWords(refusal) : text("jobs.failedUnknown");
}

/** Return the share that is done, 0 to 1; null if it is not known. */
export function shareOf(job: Job): number | null {
  const { progress } = job;
  if (!progress.total) return null;
  return Math.min(1, Math.max(0, progress.done / progress.total));
}

type Watcher = (job: Job) => void;

class Jobs {
  /** All jobs, the newest first. */
  list = $state.raw<readonly Job[]>([]);
  #watchers = new Set<Watcher>();

  /** Keep the list up to date; returns the function that ends it. */
  follow(): () => void {
    const load = (): void => void this.load().catch(() => undefined); // the frame shows lost connections
    load();
    const stops = [stream.on("job", (job) => this.#put(job)), stream.on("reset", load)];
    return () => stops.forEach((stop) => stop());
  }

  get running(): readonly Job[] {
    return this.list.filter((job) => !isOver(job));
  }

  async load(): Promise<void> {
    const { jobs } = await get("/api/jobs");
    for (const job of [...jobs].sort((one, other) => one.created - other.created)) this.#put(job);
  }

  find(id: string): Job | undefined {
    return this.list.find((job) => job.id === id);
  }

  /** Start a job: POST a body to a route that answers with a Job. */
  async start(route: string, body: unknown = {}): Promise<Job> {
    const job = (await send("post", route, { body })) as Job;
    this.#put(job);
    return this.find(job.id) ?? job;
  }

  async cancel(id: string): Promise<void> {
    this.#put(await post("/api/jobs/{id}/cancel", { path: { id }, body: {} }));
  }

  /** Return the job once it is done. Throws its reason if it failed or was cancelled. */
  async finished(id: string, onchange?: (job: Job) => void): Promise<Job> {
    const job = await this.#over(id, onchange);
    if (job.state === "cancelled") throw failure("api.job.cancelled");
    if (isFailed(job)) {
      const refusal = readRefusal(job.error);
      throw refusal ? refused(refusal) : failure("api.job.failed", { reason: reasonOf(job) });
    }
    return job;
  }

  /** Wait for a job, and return its result. */
  async result(id: string, onchange?: (job: Job) => void): Promise<unknown> {
    await this.finished(id, onchange);
    return send("get", "/api/jobs/{id}/result", { path: { id } });
  }

  async #over(id: string, onchange?: (job: Job) => void): Promise<Job> {
    const known = this.find(id) ?? (await get("/api/jobs/{id}", { path: { id } }));
    if (isOver(known)) return known;
    return new Promise((resolve) => {
      const watch: Watcher = (job) => {
        if (job.id !== id) return;
        onchange?.(job);
        if (!isOver(job)) return;
        this.#watchers.delete(watch);
        resolve(job);
      };
      this.#watchers.add(watch);
    });
  }

  #put(job: Job): void {
    const before = this.find(job.id);
    // an answer may arrive after an event that is newer
    if (before && isOver(before) && !isOver(job)) return;
    this.list = before
      ? this.list.map((one) => (one.id === job.id ? job : one))
      : [job, ...this.list];
    for (const watch of [...this.#watchers]) watch(job);
  }

  /** Call a function for every job that ends; returns the function that ends it. */
  onover(listener: Watcher): () => void {
    const seen = new Set(this.list.filter(isOver).map((job) => job.id));
    const running = new Set(this.running.map((job) => job.id));
    const watch: Watcher = (job) => {
      if (!isOver(job)) running.add(job.id);
      else if (running.has(job.id) && !seen.has(job.id)) {
        seen.add(job.id);
        listener(job);
      }
    };
    this.#watchers.add(watch);
    return () => void this.#watchers.delete(watch);
  }
}

export const jobs = new Jobs();

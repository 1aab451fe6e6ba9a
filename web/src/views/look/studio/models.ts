/** Models that the studio can look at, and how the page finds one that the address names. */

import { send } from "$/api/client";

export type Kind = "run" | "file" | "zoo" | "weights";

export interface ModelEntry {
  readonly id: string;
  /** As the command line takes it: runs/mine, lenet5, resnet50@torchvision. */
  readonly argument: string;
  readonly name: string;
  readonly kind: Kind;
  readonly architecture: string;
}

export async function listModels(signal?: AbortSignal): Promise<readonly ModelEntry[]> {
  const answer = await send("get", "/api/models", signal ? { signal } : {});
  return (answer as { readonly models: readonly ModelEntry[] }).models;
}

/** Return the entry that the address names, by its id or as the command line does. */
export function entryOf(models: readonly ModelEntry[], named: string): ModelEntry | null {
  return models.find(({ id, argument }) => id === named || argument === named) ?? null;
}

/** Return the entries whose name, source or architecture has all words of a search. */
export function matching(models: readonly ModelEntry[], search: string): readonly ModelEntry[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return models.filter(({ name, argument, architecture }) => {
    const text = `${name} ${argument} ${architecture}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

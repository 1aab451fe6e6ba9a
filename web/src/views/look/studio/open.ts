/** Opening of a model: in this tab, or in the studio where it is too large for a tab. */

import { bytes } from "$/api/client";
import { stream } from "$/api/stream.svelte";
import { createRunner, folderSource } from "$/run";
import { readManifest } from "$/run/manifest";
import type { ModelEntry } from "$/views/look/studio/models";
import { newTask } from "$/views/look/studio/task";
import {
  createRemoteRunner,
  remoteManifest,
  remoteSource,
  RemoteWeights,
} from "$/views/look/studio/remote.svelte";
import { Session } from "$/views/look/session.svelte";
import { weightsOf } from "$/views/look/weights";
import type { Manifest } from "$/model/types";
import type { Progress, Source } from "$/run/types";

/**
 * Weights of this size are computed with in the tab; benchmarks/web_page.py has the times. A tab
 * needs about three times as much memory as the weights take, and the file is verified once.
 */
export const MOST_TAB_BYTES = 200e6;

export interface Opened {
  readonly session: Session;
  readonly source: Source;
  /** Bytes of the weights. */
  readonly size: number;
  readonly where: "tab" | "studio";
  /** Why it is not in the tab, if that was tried. */
  readonly problem: unknown;
}

export interface Stage {
  readonly phase: "describe" | "write" | Progress["phase"];
  readonly part: number | null;
}

export interface OpenOptions {
  /** Behind the names of the address that belong to this network; "" for the first. */
  readonly scope: string;
  readonly signal: AbortSignal;
  readonly onstage: (stage: Stage) => void;
}

const bytesOf = ({ steps }: Manifest): number =>
  4 * steps.reduce((sum, step) => sum + step.num_parameters, 0);

export async function openModel(entry: ModelEntry, options: OpenOptions): Promise<Opened> {
  options.onstage({ phase: "describe", part: null });
  const manifest = await remoteManifest(entry.argument, options.signal);
  const size = bytesOf(manifest);
  if (size > MOST_TAB_BYTES) return inStudio(entry, manifest, options, null);
  try {
    return await inTab(entry, size, options);
  } catch (problem) {
    if (options.signal.aborted) throw problem;
    return inStudio(entry, manifest, options, problem);
  }
}

async function inTab(
  entry: ModelEntry,
  size: number,
  { scope, signal, onstage }: OpenOptions,
): Promise<Opened> {
  onstage({ phase: "write", part: null });
  const folder = `/api/models/${encodeURIComponent(entry.id)}/web/`;
  await written(folder, signal, (part) => onstage({ phase: "write", part }));
  const source = remembering(folderSource(folder));
  const manifest = await readManifest(source);
  signal.throwIfAborted();
  const runner = await createRunner(source, manifest, { onprogress: onstage });
  if (signal.aborted) runner.dispose();
  signal.throwIfAborted();
  const weights = weightsOf(await source.bytes(manifest.onnx.file));
  const session = new Session(manifest, runner, weights, { scope });
  return { session, source, size, where: "tab", problem: null };
}

/** Wait until the studio has written the folder of a model; a page that leaves cancels it. */
async function written(
  folder: string,
  signal: AbortSignal,
  onpart: (part: number) => void,
): Promise<void> {
  const task = newTask();
  const stop = stream.on("task", ({ id, done, total }) => {
    if (id === task && typeof done === "number" && typeof total === "number" && total > 0)
      onpart(done / total);
  });
  try {
    await bytes(`${folder}model.json?task=${task}`, signal);
  } finally {
    stop();
  }
}

/** The same source; its network is read once, and kept. */
function remembering(from: Source): Source {
  const kept = new Map<string, ReturnType<Source["bytes"]>>();
  return {
    bytes: (file, onpart) => {
      if (!file.endsWith(".onnx")) return from.bytes(file, onpart);
      const known = kept.get(file) ?? from.bytes(file, onpart);
      kept.set(file, known);
      return known;
    },
  };
}

function inStudio(
  entry: ModelEntry,
  manifest: Manifest,
  { scope }: OpenOptions,
  problem: unknown,
): Opened {
  const runner = createRemoteRunner(entry.argument, manifest);
  const weights = new RemoteWeights(entry.argument, (error) => (session.error = error));
  const session: Session = new Session(manifest, runner, weights.read, { scope });
  const source = remoteSource(entry.argument);
  return { session, source, size: bytesOf(manifest), where: "studio", problem };
}

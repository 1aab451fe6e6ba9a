/** Networks among the files of figures: their description, a runner in this tab, and a session. */

import { dataAddress, dataBytes } from "$/figures/data";
import type { StateSource } from "$/figures/source";
import type { Manifest } from "$/model/types";
import { createRunner } from "$/run";
import { readManifest } from "$/run/manifest";
import { received, unpacked } from "$/run/source";
import type { Progress, Source } from "$/run/types";
import { Session } from "$/views/look/session.svelte";
import { weightsOf } from "$/views/look/weights";

export interface Opened {
  readonly session: Session;
  readonly source: Source;
}

export interface OpenOptions {
  readonly choices: StateSource;
  readonly signal: AbortSignal;
  readonly onprogress?: (progress: Progress) => void;
}

/** Files of a folder; each is loaded once. A file NAME.gz beside stands for NAME. */
export function filesOf(folder: string, packed: readonly string[] = []): Source {
  return {
    bytes: async (file, onpart) => {
      const name = `${folder}/${file}`;
      if (!packed.includes(file)) return dataBytes(name);
      // not kept: a large network is unpacked once, and handed to the runtime
      const bytes = await received(dataAddress(`${name}.gz`), name, onpart);
      return unpacked(bytes, name);
    },
  };
}

/** Open a network; the caller disposes of its runner. */
export async function opened(
  source: Source,
  { choices, signal, onprogress = () => {} }: OpenOptions,
): Promise<Opened> {
  const manifest: Manifest = await readManifest(source);
  const network = source.bytes(manifest.onnx.file);
  const once: Source = {
    bytes: (file, onpart) => (file === manifest.onnx.file ? network : source.bytes(file, onpart)),
  };
  const runner = await createRunner(once, manifest, { onprogress });
  if (signal.aborted) runner.dispose();
  signal.throwIfAborted();
  const session = new Session(manifest, runner, weightsOf(await network), { choices });
  return { session, source };
}

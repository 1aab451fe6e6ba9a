/** SqueezeNet in this tab; its files are loaded for the first photo. */

import { filesOf } from "$/figures/opened";
import { read } from "$/input/read";
import { targetOf } from "$/input/target";
import type { Input } from "$/input/types";
import type { Manifest } from "$/model/types";
import { createRunner } from "$/run";
import { readManifest } from "$/run/manifest";
import type { Runner } from "$/run/types";

interface Loaded {
  readonly manifest: Manifest;
  readonly runner: Runner;
}

export class Classifier {
  isBusy = $state(false);
  /** Share of the files that is loaded. */
  progress = $state(0);
  problem = $state.raw<unknown>(null);
  probabilities = $state.raw<Float32Array | null>(null);
  /** Name of the photo that the probabilities are of. */
  name = $state("");
  milliseconds = $state(0);
  notes = $state.raw<Input["notes"]>([]);

  #loading: Promise<Loaded> | null = null;
  #latest = 0;
  #isGone = false;

  /** Classify an image file; a later call takes the place of this one. */
  async classify(file: Blob, name: string): Promise<void> {
    const own = ++this.#latest;
    this.isBusy = true;
    this.problem = null;
    try {
      const { manifest, runner } = await this.#load();
      const { picture, notes } = await read(file, name, targetOf(manifest));
      const answer = await runner.run(picture, []);
      if (own !== this.#latest || !answer) return;
      this.notes = notes;
      this.name = name;
      this.probabilities = answer.probabilities;
      this.milliseconds = answer.milliseconds;
    } catch (error) {
      if (own === this.#latest) this.problem = error;
    } finally {
      if (own === this.#latest) this.isBusy = false;
    }
  }

  #load(): Promise<Loaded> {
    this.#loading ??= this.#open().catch((error: unknown) => {
      this.#loading = null; // the next photo tries again
      throw error;
    });
    return this.#loading;
  }

  async #open(): Promise<Loaded> {
    const source = filesOf("squeezenet", ["model.onnx"]);
    const manifest = await readManifest(source);
    const runner = await createRunner(source, manifest, {
      onprogress: ({ phase, part }) => {
        if (phase === "download") this.progress = part;
      },
    });
    if (this.#isGone) runner.dispose();
    return { manifest, runner };
  }

  dispose(): void {
    this.#isGone = true;
    this.#latest += 1;
    void this.#loading?.then(({ runner }) => runner.dispose()).catch(() => {});
  }
}

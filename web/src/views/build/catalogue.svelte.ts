/** The palette of Python, loaded once for each language. */

import type { Role } from "$/model/types";
import { choice, type Language } from "$/lang/index.svelte";
import { loadPalette, type LayerKind, type Palette } from "./records";

class Catalogue {
  palette = $state.raw<Palette | null>(null);
  failed = $state.raw<unknown>(null);
  readonly kinds = $derived(
    new Map<string, LayerKind>((this.palette?.layers ?? []).map((kind) => [kind.type, kind])),
  );
  #language: Language | null = null;

  async load(): Promise<void> {
    if (this.palette && this.#language === choice.language) return;
    const { language } = choice;
    try {
      this.palette = await loadPalette();
      this.#language = language;
      this.failed = null;
    } catch (error) {
      this.failed = error;
    }
  }

  roleOf(type: string): Role {
    return this.kinds.get(type)?.role ?? "shape";
  }
}

export const catalogue = new Catalogue();

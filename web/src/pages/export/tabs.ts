/** Views of the page. */

import type { Manifest } from "$/model/types";

export type Tab = "look" | "train" | "space";

/** Return the views that an exported model has. */
export function tabs(manifest: Manifest): readonly Tab[] {
  return manifest.training.length > 0 ? ["look", "space", "train"] : ["look", "space"];
}

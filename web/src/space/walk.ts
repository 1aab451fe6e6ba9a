/** The guided walk: stops in front of layers, with a sentence for each. */

import { text, type Key } from "$/lang/index.svelte";
import type { Role } from "$/model/types";
import type { Sheet } from "$/space/shown";

const SENTENCES: Readonly<Record<Role, Key>> = {
  convolution: "space.walk.convolution",
  pooling: "space.walk.pooling",
  normalisation: "space.walk.normalisation",
  activation: "space.walk.activation",
  linear: "space.walk.linear",
  shape: "space.walk.other",
  dropout: "space.walk.other",
  preprocessing: "space.walk.image",
  padding: "space.walk.other",
  shortcut: "space.walk.other",
  join: "space.walk.join",
};

const MOST_STOPS = 16;

/** Return the layers to stop at: the first and the last, and those where the shape changes. */
export function stopsOf(sheets: readonly Sheet[]): readonly Sheet[] {
  if (sheets.length <= MOST_STOPS) return sheets;
  const size = (sheet: Sheet | undefined): string => sheet?.shape.slice(1).join() ?? "";
  const changes = sheets.filter(
    (sheet, i) => i === 0 || i === sheets.length - 1 || size(sheet) !== size(sheets[i - 1]),
  );
  if (changes.length <= MOST_STOPS) return changes;
  const every = (changes.length - 1) / (MOST_STOPS - 1);
  return Array.from({ length: MOST_STOPS }, (_, i) => changes[Math.round(i * every)]).filter(
    (sheet) => sheet !== undefined,
  );
}

export function captionOf(sheet: Sheet, sheets: readonly Sheet[], classes: number): string {
  const isLast = sheet === sheets.at(-1);
  const [maps = 1, rows = 1, cols = 1] = sheet.shape;
  const key = isLast ? "space.walk.last" : SENTENCES[sheet.role];
  const first = sheets.find(({ path }) => path === sheet.inputs[0]);
  return text(key, {
    layer: sheet.name,
    label: sheet.label,
    maps,
    size: `${rows} × ${cols}`,
    before: (first?.shape ?? []).join(" × "),
    classes,
  });
}

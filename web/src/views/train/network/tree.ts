/** Reading and changing the tree of blocks of an architecture; every change returns a new one. */

import { PARTS, partsOf, withParts } from "$/blocks/parts";
import type { Architecture, Block } from "$/engine/types";
import layers from "./layers.json";

export type Role =
  | "convolution"
  | "pooling"
  | "normalisation"
  | "activation"
  | "linear"
  | "shape"
  | "dropout"
  | "shortcut";

/** A field of a layer: its kind ("a|b" lists choices), and its default, if it has one. */
export interface Field {
  readonly kind: string;
  readonly default?: unknown;
}

export interface LayerForm {
  readonly role: Role;
  readonly fields: Readonly<Record<string, Field>>;
}

/** Layers that can be trained in the tab, written by Python: tools/web_networks.py. */
export const LAYERS = layers as unknown as Readonly<Record<string, LayerForm>>;

/** One block of the tree, in the order of the table. */
export interface Row {
  readonly path: string;
  readonly name: string;
  readonly block: Block;
  readonly depth: number;
  readonly isLayer: boolean;
  /** Whether its place is in a list, so that it can be removed and moved. */
  readonly listed: boolean;
}

/** Return all blocks below the outermost one. */
export function rowsOf(architecture: Architecture): readonly Row[] {
  const rows: Row[] = [];
  const walk = (block: Block, prefix: string, depth: number): void => {
    const listed = PARTS[block.type] === "blocks";
    for (const [name, part] of partsOf(block)) {
      const path = prefix ? `${prefix}.${name}` : name;
      rows.push({ path, name, block: part, depth, isLayer: !(part.type in PARTS), listed });
      walk(part, path, depth + 1);
    }
  };
  walk(architecture.block, "", 0);
  return rows;
}

type Change = (
  parts: readonly (readonly [string, Block])[],
  place: number,
) => readonly (readonly [string, Block])[];

function changeAt(block: Block, names: readonly string[], change: Change): Block {
  const [first, ...rest] = names;
  const parts = partsOf(block);
  const place = parts.findIndex(([name]) => name === first);
  const chosen = parts[place];
  if (!chosen) return block;
  if (rest.length === 0) return withParts(block, change(parts, place));
  const inner = changeAt(chosen[1], rest, change);
  return withParts(
    block,
    parts.map((part, index) => (index === place ? ([part[0], inner] as const) : part)),
  );
}

function changed(architecture: Architecture, path: string, change: Change): Architecture {
  return { ...architecture, block: changeAt(architecture.block, path.split("."), change) };
}

/** Return the architecture with one field changed; the default is not written. */
export function withField(
  architecture: Architecture,
  path: string,
  field: string,
  value: unknown,
): Architecture {
  return changed(architecture, path, (parts, place) =>
    parts.map(([name, block], index) => {
      if (index !== place) return [name, block];
      const { [field]: _, ...others } = block;
      const isDefault = LAYERS[block.type]?.fields[field]?.default === value;
      return [name, (isDefault ? others : { ...others, [field]: value }) as Block];
    }),
  );
}

/** Fields that a new layer needs, where they have no default. */
const NEW: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  Conv2d: { out_channels: 16, kernel_size: 3, padding: 1 },
  MaxPool2d: { kernel_size: 2 },
  AvgPool2d: { kernel_size: 2 },
  Linear: { out_features: 32 },
};

/** Layers that the form adds: those whose fields it can all fill in. */
export const ADDABLE: readonly string[] = Object.keys(LAYERS).filter((type) =>
  Object.entries(LAYERS[type]?.fields ?? {}).every(
    ([name, field]) => "default" in field || name in (NEW[type] ?? {}),
  ),
);

export function newLayer(type: string): Block {
  return { type, ...NEW[type] };
}

/** Return the architecture with a layer of another type at a path. */
export function withType(architecture: Architecture, path: string, type: string): Architecture {
  return changed(architecture, path, (parts, place) =>
    parts.map(([name, block], index) => [name, index === place ? newLayer(type) : block]),
  );
}

export function without(architecture: Architecture, path: string): Architecture {
  return changed(architecture, path, (parts, place) =>
    parts.length > 1 ? parts.filter((_, index) => index !== place) : parts,
  );
}

/** Return the architecture with a new layer behind a path. */
export function withLayer(architecture: Architecture, after: string, type: string): Architecture {
  return changed(architecture, after, (parts, place) => {
    const names = new Set(parts.map(([name]) => name));
    const stem = type.replace(/\dd$/i, "").toLowerCase();
    let number = 1;
    while (names.has(`${stem}${number}`)) number += 1;
    return parts.toSpliced(place + 1, 0, [`${stem}${number}`, newLayer(type)]);
  });
}

/** Return the architecture with the block moved up (-1) or down (1) in its list. */
export function moved(architecture: Architecture, path: string, by: -1 | 1): Architecture {
  return changed(architecture, path, (parts, place) => {
    const other = place + by;
    const [here, there] = [parts[place], parts[other]];
    return here && there ? parts.with(place, there).with(other, here) : parts;
  });
}

/** Return the architecture without fields that have their default, types first: for the editor. */
export function shortened(architecture: Architecture): Architecture {
  const short = (block: Block): Block => {
    const fields = LAYERS[block.type]?.fields;
    if (!fields) {
      const inside = partsOf(block).map(([name, part]): [string, Block] => [name, short(part)]);
      return withParts(block, inside);
    }
    const { type, ...others } = block;
    const kept = Object.entries(others).filter(([name, value]) => fields[name]?.default !== value);
    return { type, ...Object.fromEntries(kept) };
  };
  const { name, input, num_classes, block } = architecture;
  return { name, input, num_classes, block: short(block) };
}

/** Return an architecture in one form, whatever order and defaults were written: for comparisons. */
export function canonical(architecture: Architecture): string {
  const plain = (block: Block): unknown => {
    const fields = LAYERS[block.type]?.fields;
    if (!fields) {
      return [block.type, partsOf(block).map(([name, part]) => [name, plain(part)])];
    }
    const names = Object.keys(fields).sort();
    return [block.type, names.map((name) => block[name] ?? fields[name]?.default ?? null)];
  };
  const { input, num_classes, block } = architecture;
  return JSON.stringify([input, num_classes, plain(block)]);
}

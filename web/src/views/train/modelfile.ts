/** Model files (.safetensors): architecture from the header, weights from the body. */

import type { Architecture, Problem } from "$/engine/types";
import type { Tensor } from "$/model/types";
import { architectureOf } from "./setup";

export interface ModelFile {
  readonly architecture: Architecture;
  readonly weights: ReadonlyMap<string, Tensor>;
}

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

const MOST_HEADER = 100 * 2 ** 20;

function refused(key: Problem["key"]): Error {
  return Object.assign(new Error(key), { problem: { key, values: {} } satisfies Problem });
}

/** Return what a model file holds. Throws an error with a `problem`. */
export async function openModelFile(bytes: Uint8Array<ArrayBuffer>): Promise<ModelFile> {
  const header = headerOf(bytes);
  const card: unknown = JSON.parse(header.card);
  const architecture = architectureOf(
    typeof card === "object" && card !== null ? Reflect.get(card, "architecture") : null,
  );
  if (!architecture) throw refused("train.file.noArchitecture");
  const weights = new Map<string, Tensor>();
  for (const [name, entry] of header.entries) {
    if (name.startsWith("preprocessing/") || entry.dtype !== "F32") continue;
    const [start, end] = entry.data_offsets;
    const count = entry.shape.reduce((product, side) => product * side, 1);
    const first = header.start + start;
    if (end - start !== 4 * count || header.start + end > bytes.length) {
      throw refused("train.file.damaged");
    }
    weights.set(name, {
      shape: entry.shape,
      data: new Float32Array(bytes.slice(first, first + 4 * count).buffer),
    });
  }
  return { architecture, weights };
}

function headerOf(bytes: Uint8Array): {
  card: string;
  entries: readonly (readonly [string, Entry])[];
  start: number;
} {
  if (bytes.length < 8) throw refused("train.file.damaged");
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const length = Number(view.getBigUint64(0, true));
  if (length > MOST_HEADER || 8 + length > bytes.length) throw refused("train.file.damaged");
  let header: Record<string, unknown>;
  try {
    header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))) as typeof header;
  } catch {
    throw refused("train.file.damaged");
  }
  const { __metadata__: metadata, ...tensors } = header;
  const card = (metadata as Record<string, unknown> | undefined)?.convscope;
  if (typeof card !== "string") throw refused("train.file.noArchitecture");
  return { card, entries: Object.entries(tensors as Record<string, Entry>), start: 8 + length };
}

/** The model file of Python's `network/model_file.py`: architecture, weights, labels, preprocessing. */

import { engineError } from "$/engine/problem";
import { readSafetensors, writeSafetensors } from "$/engine/files/safetensors";
import type { Architecture, Block } from "$/engine/types";
import type { Tensor } from "$/model/types";

const KEY = "convscope";
/** Prefix of the tensors of a preprocessing that was fitted to images. */
const FITTED = "preprocessing/";

export interface ModelFile {
  readonly architecture: Architecture;
  readonly labels: readonly string[];
  readonly preprocessing: Block;
  /** How the network was trained; texts and finite numbers. */
  readonly provenance?: Readonly<Record<string, unknown>>;
  readonly weights: ReadonlyMap<string, Tensor>;
}

/** Bytes that `convscope.open` reads. */
export function writeModel(model: ModelFile): Uint8Array<ArrayBuffer> {
  const { architecture, labels, preprocessing, provenance = {} } = model;
  const card = { schema_version: 1, architecture, labels, preprocessing, provenance };
  return writeSafetensors({ tensors: model.weights, metadata: { [KEY]: JSON.stringify(card) } });
}

interface Card {
  readonly schema_version: number;
  readonly architecture: Architecture;
  readonly labels: readonly string[];
  readonly preprocessing: Block;
  readonly provenance?: Readonly<Record<string, unknown>>;
}

function cardOf(text: string | undefined): Card {
  try {
    const card: unknown = JSON.parse(text ?? "");
    if (isCard(card)) return card;
  } catch {
    // not JSON: the error below
  }
  throw engineError("engine.notModel");
}

function isCard(value: unknown): value is Card {
  if (typeof value !== "object" || value === null) return false;
  const card = value as Partial<Card>;
  const whole = typeof card.architecture === "object" && typeof card.preprocessing === "object";
  return whole && card.schema_version === 1 && Array.isArray(card.labels);
}

/** Throws an EngineError for a file that is not a model of ours, or is damaged. */
export function readModel(bytes: Uint8Array): ModelFile {
  const { tensors, metadata } = readSafetensors(bytes);
  const { architecture, labels, preprocessing, provenance } = cardOf(metadata[KEY]);
  const weights = new Map([...tensors].filter(([name]) => !name.startsWith(FITTED)));
  return { architecture, labels, preprocessing, weights, ...(provenance ? { provenance } : {}) };
}

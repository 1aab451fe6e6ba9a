/** The golden pair of an export: one image, and what PyTorch computed from it. */

import { failure } from "$/lang/failure";
import type { Golden } from "$/run/messages";
import { decoded } from "$/run/source";

/** Read the pair of `docs/reference/export.md`; throws a failure for another form. */
export function readGolden(value: unknown): Golden {
  const pair = record(value);
  const input = array(pair["input"], "uint8");
  const output = array(pair["output"], "float32");
  const [, height = 0, width = 0, channels = 0] = input.shape;
  const tolerance = pair["tolerance"];
  if (input.shape.length !== 4 || (channels !== 1 && channels !== 3)) throw damaged();
  if (typeof tolerance !== "number" || !(tolerance > 0 && tolerance < 1)) throw damaged();
  return {
    picture: { width, height, channels, data: input.bytes },
    probabilities: new Float32Array(output.bytes.buffer),
    tolerance,
  };
}

/** Return whether probabilities are PyTorch's, to the tolerance times the largest of them. */
export function agrees(golden: Golden, probabilities: Float32Array): boolean {
  if (probabilities.length !== golden.probabilities.length) return false;
  const largest = golden.probabilities.reduce((most, p) => Math.max(most, p), 0);
  // NaN differs too
  return golden.probabilities.every(
    (p, k) => Math.abs(p - (probabilities[k] ?? NaN)) <= golden.tolerance * largest,
  );
}

const damaged = (): Error => failure("run.noGolden");

function record(value: unknown): Record<string, unknown> {
  if (typeof value !== "object" || value === null) throw damaged();
  return value as Record<string, unknown>;
}

const BYTES: Readonly<Record<string, number>> = { uint8: 1, float32: 4 };

function array(value: unknown, dtype: string): { shape: number[]; bytes: Uint8Array<ArrayBuffer> } {
  const fields = record(value);
  const { shape, base64 } = fields;
  if (fields["dtype"] !== dtype || !Array.isArray(shape) || typeof base64 !== "string")
    throw damaged();
  const sizes = shape.map(Number);
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = decoded(base64);
  } catch {
    throw damaged();
  }
  const count = sizes.reduce((product, size) => product * size, BYTES[dtype] ?? 1);
  if (bytes.length !== count) throw damaged();
  return { shape: sizes, bytes };
}

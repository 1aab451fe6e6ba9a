/** Reading of `model.json`, with a sentence for each way in which it can be wrong. */

import { failure, brief } from "$/lang/failure";
import type { Manifest } from "$/model/types";
import type { Source } from "$/run/types";

const FORMAT = 1;
const FILE = "model.json";

/** Fields that every page reads; a file that lacks one was cut or edited. */
const FIELDS = ["name", "labels", "input", "onnx", "steps", "samples", "training"] as const;

export async function readManifest(source: Source): Promise<Manifest> {
  return parsed(new TextDecoder().decode(await bytesOf(source)));
}

async function bytesOf(source: Source): Promise<Uint8Array> {
  try {
    return await source.bytes(FILE);
  } catch (error) {
    if (location.protocol === "file:") throw failure("page.failed.file");
    throw failure("page.failed.manifest", { error: brief(error) });
  }
}

/** Return the manifest in a text. Throws a failure for what is no manifest of this format. */
export function parsed(text: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw failure("page.failed.json", { error: brief(error) });
  }
  if (typeof value !== "object" || value === null)
    throw failure("page.failed.json", { error: typeof value });
  const format = "format" in value ? value.format : undefined;
  if (format !== FORMAT)
    throw failure("page.failed.format", { given: String(format), expected: FORMAT });
  const missing = FIELDS.find((field) => !(field in value));
  if (missing) throw failure("page.failed.json", { error: `"${missing}"` });
  return value as Manifest;
}

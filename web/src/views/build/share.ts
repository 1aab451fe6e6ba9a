/** A network in a link: its JSON, compressed, as text of an address. */

import { failure } from "$/lang/failure";
import type { Architecture } from "$/engine/types";
import { isArchitecture } from "./edits";

const MOST_CHARACTERS = 60_000; // of the link; browsers take at least 64,000
const MOST_BYTES = 4 << 20; // unpacked

/** Return the text of a network for a link. */
export async function packed(architecture: Architecture): Promise<string> {
  const { name, input, num_classes, block } = architecture;
  const bytes = new TextEncoder().encode(JSON.stringify({ name, input, num_classes, block }));
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  const text = base64url(new Uint8Array(await new Response(stream).arrayBuffer()));
  if (text.length > MOST_CHARACTERS) throw failure("build.share.large");
  return text;
}

/** Return the network of a link. Throws a sentence for what is none. */
export async function unpacked(text: string): Promise<Architecture> {
  if (text.length > MOST_CHARACTERS) throw failure("build.share.large");
  const json = await inflated(text).catch(() => {
    throw failure("build.share.damaged");
  });
  if (json === null) throw failure("build.share.large");
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw failure("build.share.damaged");
  }
  if (!isArchitecture(value)) throw failure("build.share.none");
  const { name, input, num_classes, block } = value;
  return { name: name.slice(0, 64), input, num_classes, block };
}

/** Return the unpacked text; null where there is more of it than a network takes. */
async function inflated(text: string): Promise<string | null> {
  const bytes = fromBase64url(text);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  const reader = stream.getReader();
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let json = "";
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return json + decoder.decode();
    size += value.length;
    if (size > MOST_BYTES) {
      await reader.cancel();
      return null;
    }
    json += decoder.decode(value, { stream: true });
  }
}

function base64url(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function fromBase64url(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

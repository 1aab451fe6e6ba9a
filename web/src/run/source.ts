/** Sources of an export's bytes: files of a server, and base64 inside the page. */

import { brief, failure } from "$/lang/failure";
import type { Source } from "$/run/types";

export type Bytes = Uint8Array<ArrayBuffer>;
type OnPart = (part: number) => void;

/** Files below an address, as `model/`. */
export const folderSource = (base: string): Source => ({
  bytes: (file, onpart) => {
    const parts = file.split("/");
    // a manifest may come from anyone: it names files of its own folder only
    if (parts.some((part) => part === "" || part === "." || part === ".."))
      return Promise.reject(failure("run.noFile", { file }));
    return received(base + parts.map(encodeURIComponent).join("/"), file, onpart);
  },
});

/** Files as base64, by name: the page that is one file. */
export const inlineSource = (files: Readonly<Record<string, string>>): Source => ({
  bytes: (file) => {
    const text = Object.hasOwn(files, file) ? files[file] : undefined;
    if (text === undefined) return Promise.reject(failure("run.noFile", { file }));
    return Promise.resolve(decoded(text));
  },
});

const DATA = /^data:[\w/+.-]*;base64,/;

/** Bytes at an address: of a server, or in the address itself. */
export async function received(url: string, file: string, onpart?: OnPart): Promise<Bytes> {
  const head = DATA.exec(url)?.[0];
  // without fetch, so that the page may forbid connections
  if (head !== undefined) return decoded(url.slice(head.length));
  let response: Response;
  try {
    response = await fetch(url);
  } catch (error) {
    throw failure("run.noConnection", { file, error: brief(error) });
  }
  if (!response.ok) throw failure("run.noFile", { file: `${file} (${response.status})` });
  return body(response, file, onpart);
}

async function body(response: Response, file: string, onpart?: OnPart): Promise<Bytes> {
  const total = Number(response.headers.get("content-length") ?? 0);
  const parts: Uint8Array[] = [];
  let count = 0;
  try {
    const reader = response.body?.getReader();
    if (!reader) return new Uint8Array(await response.arrayBuffer());
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value);
      count += value.length;
      // a compressed response is longer than its header says
      if (total) onpart?.(Math.min(1, count / total));
    }
  } catch (error) {
    throw failure("run.noConnection", { file, error: brief(error) });
  }
  const result = new Uint8Array(count);
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}

export function decoded(base64: string): Bytes {
  const letters = atob(base64);
  const bytes = new Uint8Array(letters.length);
  for (let k = 0; k < letters.length; k += 1) bytes[k] = letters.charCodeAt(k);
  return bytes;
}

/** Unpack gzip; other bytes are returned as they are, since a server may have unpacked them. */
export async function unpacked(bytes: Bytes, file: string): Promise<Bytes> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  if (typeof DecompressionStream === "undefined") throw failure("run.oldBrowser");
  try {
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  } catch {
    throw failure("run.truncated", { file });
  }
}

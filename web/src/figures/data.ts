/** Files that figures need (architectures, payloads, weights): of the studio or of the site. */

import { failure } from "$/lang/failure";
import { received, type Bytes } from "$/run/source";

/** Address below which the files are: a route of the studio, or a folder of the site. */
let folder = "data/";

/** Say where the files are; a page does so once, before it shows a figure. */
export function useDataFolder(address: string): void {
  folder = address;
}

/** Return the address of a file, as `data/lenet5.json`. */
export function dataAddress(name: string): string {
  return folder + name.split("/").map(encodeURIComponent).join("/");
}

const loaded = new Map<string, Promise<Bytes>>();

/** Return the bytes of a file. It is loaded once; a failure is not kept. */
export function dataBytes(name: string): Promise<Bytes> {
  const known = loaded.get(name);
  if (known) return known;
  const bytes = received(dataAddress(name), name);
  loaded.set(name, bytes);
  bytes.catch(() => loaded.delete(name));
  return bytes;
}

/** Return the JSON of a file, unchecked. */
export async function dataJson(name: string): Promise<unknown> {
  const bytes = await dataBytes(name);
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as unknown;
  } catch {
    throw failure("course.data.damaged", { file: name });
  }
}

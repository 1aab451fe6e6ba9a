/**
 * A folder of files as one tar archive, for an upload in one request.
 *
 * The archive is a `Blob` of the files themselves: the browser reads them while it sends them, so
 * nothing is held in memory. Names of more than 100 bytes get a header of their own (pax).
 */

const BLOCK = 512;
const LONGEST = 100; // bytes of a name in a plain header

export interface Named {
  /** Path below the folder, with "/". */
  readonly path: string;
  readonly file: Blob;
}

const encoder = new TextEncoder();

/** Return a tar archive of files. */
export function archive(files: readonly Named[]): Blob {
  const parts: BlobPart[] = [];
  for (const { path, file } of files) {
    const name = encoder.encode(path);
    if (name.length > LONGEST) parts.push(...extended(name));
    parts.push(header(name.subarray(0, LONGEST), file.size, "0"), file, padding(file.size));
  }
  parts.push(new Uint8Array(2 * BLOCK));
  return new Blob(parts, { type: "application/x-tar" });
}

/** Entry that states the whole name of the next one: "LENGTH path=NAME\n". */
function extended(name: Uint8Array): BlobPart[] {
  const rest = name.length + " path=\n".length;
  let length = rest + String(rest).length;
  if (rest + String(length).length !== length) length += 1;
  const text = new Uint8Array(length);
  const head = encoder.encode(`${length} path=`);
  text.set(head);
  text.set(name, head.length);
  text[length - 1] = 10;
  return [header(encoder.encode("././@PaxHeader"), length, "x"), text, padding(length)];
}

function padding(size: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array((BLOCK - (size % BLOCK)) % BLOCK);
}

function header(name: Uint8Array, size: number, kind: string): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array(BLOCK);
  const put = (text: string, at: number): void => block.set(encoder.encode(text), at);
  const octal = (value: number, digits: number): string =>
    `${value.toString(8).padStart(digits, "0")}\0`;
  block.set(name);
  put(octal(0o644, 7), 100);
  put(octal(0, 7), 108);
  put(octal(0, 7), 116);
  put(octal(size, 11), 124);
  put(octal(0, 11), 136);
  put("        ", 148); // the checksum counts as blanks
  put(kind, 156);
  put("ustar\u000000", 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

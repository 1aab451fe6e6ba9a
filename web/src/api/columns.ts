/** Columns of numbers that the studio sends as base64, little-endian. */

export type Numbers = Uint8Array | Int32Array | Float32Array;

export interface Column {
  readonly kind: "uint8" | "int32" | "float32";
  readonly shape: readonly number[];
  readonly data: string;
}

/** Return the bytes of a base64 text. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i += 1) bytes[i] = raw.charCodeAt(i);
  return bytes;
}

/** Return the numbers of a column, row by row. */
export function numbersOf({ kind, data }: Column): Numbers {
  const bytes = bytesOf(data);
  if (kind === "uint8") return bytes;
  const kinds = { int32: Int32Array, float32: Float32Array } as const;
  // every machine that runs a browser is little-endian
  return new kinds[kind](bytes.buffer);
}

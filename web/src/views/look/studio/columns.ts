/** Columns of numbers as the studio sends them: base64, little-endian. */

import { decoded } from "$/run/source";

/** Return whole numbers of 32 bits. */
export function fromBase64(text: string): Int32Array {
  const bytes = decoded(text);
  return new Int32Array(bytes.buffer, 0, Math.floor(bytes.length / 4));
}

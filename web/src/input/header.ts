/** Kind and size of an image file by its first bytes, before anything is decoded. */

import { failure } from "$/lang/failure";

export interface Header {
  readonly format: "JPEG" | "PNG" | "WebP" | "BMP" | "GIF";
  readonly width: number;
  readonly height: number;
  /** Whether it has more than 8 bits per channel. */
  readonly isDeep: boolean;
}

/** Formats that are read, for the file picker. */
export const ACCEPTED = "image/jpeg,image/png,image/webp,image/bmp,image/gif";

type Reader = (view: DataView) => Omit<Header, "format"> | null;

interface Format {
  readonly name: Header["format"];
  readonly start: RegExp;
  readonly read: Reader;
}

const little = true;

const FORMATS: readonly Format[] = [
  { name: "JPEG", start: /^\xff\xd8\xff/, read: readJpeg },
  {
    name: "PNG",
    start: /^\x89PNG\r\n\x1a\n/,
    read: (view) => ({
      width: view.getUint32(16),
      height: view.getUint32(20),
      isDeep: view.getUint8(24) === 16,
    }),
  },
  { name: "WebP", start: /^RIFF[^]{4}WEBP/, read: readWebp },
  {
    name: "GIF",
    start: /^GIF8[79]a/,
    read: (view) => ({
      width: view.getUint16(6, little),
      height: view.getUint16(8, little),
      isDeep: false,
    }),
  },
  {
    name: "BMP",
    start: /^BM[^]{12}[\x0c\x28\x40\x6c\x7c]\0\0\0/,
    read: (view) =>
      view.getUint8(14) === 12
        ? { width: view.getUint16(18, little), height: view.getUint16(20, little), isDeep: false }
        : {
            width: view.getInt32(18, little),
            height: Math.abs(view.getInt32(22, little)), // negative: rows from the top
            isDeep: false,
          },
  },
];

/** Other files, by their first bytes: names for the sentence. */
const OTHERS: readonly (readonly [RegExp, string])[] = [
  [/^....ftyp(hei|hev|mif|msf)/s, "HEIC"],
  [/^....ftypavi/s, "AVIF"],
  [/^(II[*+]\0|MM\0[*+])/, "TIFF"],
  [/^(\xef\xbb\xbf)?\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)?(<!DOCTYPE svg[^>]*>\s*)?<svg/s, "SVG"],
  [/^8BPS/, "Photoshop"],
  [/^(\0\0\0\x0cJXL |\xff\x0a)/, "JPEG XL"],
  [/^%PDF-/, "PDF"],
  [/^\s*<(!doctype html|html)/i, "HTML"],
  [/^(....ftyp|RIFF....AVI |\x1aE\xdf\xa3)/s, "video"],
  [/^(PK\x03\x04|\x1f\x8b|Rar!|7z\xbc\xaf)/, "ZIP"],
];

const HEAD_BYTES = 512;
export const MAX_FILE_BYTES = 1 << 27;

/** Read the header of a file; throws a failure for what is not an image that is read here. */
export async function readHeader(file: Blob): Promise<Header> {
  if (file.size === 0) throw failure("input.empty");
  if (file.size > MAX_FILE_BYTES) throw failure("input.fileTooLarge");
  const bytes = new Uint8Array(await head(file));
  const start = String.fromCharCode(...bytes.subarray(0, HEAD_BYTES));
  const format = FORMATS.find((each) => each.start.test(start));
  if (!format) {
    const other = OTHERS.find(([pattern]) => pattern.test(start))?.[1];
    throw other ? failure("input.otherKind", { kind: other }) : failure("input.noImage");
  }
  let size: Omit<Header, "format"> | null = null;
  try {
    size = format.read(new DataView(bytes.buffer));
  } catch {
    // a read behind the end of the bytes
  }
  if (!size || size.width < 1 || size.height < 1)
    throw failure("input.damaged", { format: format.name });
  return { format: format.name, ...size };
}

/** The first bytes; of a JPEG all, since its size comes after profiles and thumbnails. */
async function head(file: Blob): Promise<ArrayBuffer> {
  const first = await file.slice(0, HEAD_BYTES).arrayBuffer();
  return new Uint8Array(first)[0] === 0xff ? file.arrayBuffer() : first;
}

/** Size in the frame header: the first marker C0 to CF but for tables (C4, C8, CC). */
function readJpeg(view: DataView): Omit<Header, "format"> | null {
  let at = 2;
  while (at + 9 < view.byteLength) {
    if (view.getUint8(at) !== 0xff) return null;
    const code = view.getUint8(at + 1);
    if (code === 0xff) {
      at += 1; // a byte of padding
    } else if (code >= 0xc0 && code <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(code)) {
      const isDeep = view.getUint8(at + 4) > 8;
      return { height: view.getUint16(at + 5), width: view.getUint16(at + 7), isDeep };
    } else {
      at += 2 + view.getUint16(at + 2);
    }
  }
  return null;
}

function readWebp(view: DataView): Omit<Header, "format"> | null {
  const kind = String.fromCharCode(...[12, 13, 14, 15].map((place) => view.getUint8(place)));
  const bits24 = (at: number): number => view.getUint16(at, little) + (view.getUint8(at + 2) << 16);
  if (kind === "VP8X") return { width: bits24(24) + 1, height: bits24(27) + 1, isDeep: false };
  if (kind === "VP8L") {
    const bits = view.getUint32(21, little);
    return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1, isDeep: false };
  }
  if (kind !== "VP8 ") return null;
  const width = view.getUint16(26, little) & 0x3fff;
  return { width, height: view.getUint16(28, little) & 0x3fff, isDeep: false };
}

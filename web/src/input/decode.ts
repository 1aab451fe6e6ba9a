/** Image files to pictures, by the browser's decoders. */

import { failure, type Failure } from "$/lang/failure";
import { readHeader, type Header } from "$/input/header";
import { writePixels } from "$/input/pixels";
import type { Target } from "$/input/types";
import type { Picture } from "$/model/types";

/** Limit for decoding: 4 bytes a pixel, twice. */
const MOST_PIXELS = 50_000_000;
/** Larger images are reduced by 2 before the network's own resizing, as in Python. */
const MOST_INPUT_PIXELS = 24_500_000;
const STRIP_PIXELS = 1 << 18;

export interface Decoded {
  /** To be closed. */
  readonly bitmap: ImageBitmap;
  readonly notes: readonly Failure[];
}

/** Decode a file; throws a failure for what cannot be read. */
export async function decode(file: Blob): Promise<Decoded> {
  const header = await readHeader(file);
  const { width, height } = header;
  const count = width * height;
  if (count > MOST_PIXELS)
    throw failure("input.tooLarge", { width, height, most: MOST_PIXELS / 1e6 });
  const divisor = count > MOST_INPUT_PIXELS ? 2 : 1;
  return { bitmap: await bitmapOf(file, header, divisor), notes: notesOn(header, divisor) };
}

async function bitmapOf(file: Blob, header: Header, divisor: number): Promise<ImageBitmap> {
  // stored values, as Pillow reads them: no colour profile, no product with alpha
  const options: ImageBitmapOptions = {
    imageOrientation: "from-image",
    colorSpaceConversion: "none",
    premultiplyAlpha: "none",
  };
  try {
    const whole = await createImageBitmap(file, options);
    if (divisor === 1) return whole;
    // the sizes of the header are those before EXIF turned the image
    const resizeWidth = Math.ceil(whole.width / divisor);
    const resizeHeight = Math.ceil(whole.height / divisor);
    const smaller = { resizeWidth, resizeHeight, resizeQuality: "medium" } as const;
    const reduced = await createImageBitmap(whole, { ...smaller, premultiplyAlpha: "none" });
    whole.close();
    return reduced;
  } catch {
    throw failure("input.damaged", { format: header.format });
  }
}

function notesOn({ width, height, isDeep }: Header, divisor: number): Failure[] {
  const notes: Failure[] = [];
  if (divisor > 1) notes.push({ key: "input.reduced", values: { width, height, divisor } });
  if (isDeep) notes.push({ key: "input.deep", values: {} });
  return notes;
}

/** Pixels of a bitmap or a video: (H, W, 4), without a product with alpha. */
export interface Rgba {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

/** Read pixels in strips, since canvases have limits of size. */
export function* strips(
  source: CanvasImageSource,
  width: number,
  height: number,
): Generator<Rgba & { readonly top: number }> {
  const rows = Math.min(height, Math.max(1, Math.floor(STRIP_PIXELS / width)));
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = rows;
  const context = canvas.getContext("2d", { willReadFrequently: true, colorSpace: "srgb" });
  if (!context) throw failure("input.noCanvas");
  context.imageSmoothingEnabled = false;
  // opaque pixels replace those of the strip before, transparent ones too
  context.globalCompositeOperation = "copy";
  for (let top = 0; top < height; top += rows) {
    const count = Math.min(rows, height - top);
    context.drawImage(source, 0, top, width, count, 0, 0, width, count);
    yield { top, width, height: count, data: context.getImageData(0, 0, width, count).data };
  }
}

/** (H, W, C): grey or RGB, without transparency. */
export function pictureOf(
  source: CanvasImageSource,
  width: number,
  height: number,
  target: Pick<Target, "channels" | "background">,
): Picture {
  const { channels } = target;
  const data = new Uint8Array(width * height * channels);
  for (const strip of strips(source, width, height))
    writePixels(strip.data, target, data, strip.top * width * channels);
  return { width, height, channels, data };
}

export function rgbaOf(source: CanvasImageSource, width: number, height: number): Rgba {
  const data = new Uint8ClampedArray(width * height * 4);
  for (const strip of strips(source, width, height)) data.set(strip.data, strip.top * width * 4);
  return { width, height, data };
}

/** The sample photos of the package, as files of the page: no server is asked for them. */

import panda from "../../../src/convscope/samples/files/photo.jpg";
import shard from "../../../src/convscope/samples/files/shards/test-000000.tar?url";
import index from "../../../src/convscope/samples/files/shards/test-000000.index.json";
import { decode, pictureOf } from "$/input/decode";
import type { Input, Target } from "$/input/types";
import { received, type Bytes } from "$/run/source";

/** Name -> number in the shard (`photos.csv`); null for the large photo. */
export const PHOTOS = {
  red_panda: null,
  clownfish: 4,
  parthenon: 0,
  kinderdijk: 2,
  tower_of_pisa: 10,
  pufferfish: 1,
  goldfish: 7,
  multimeter: 9,
} as const satisfies Readonly<Record<string, number | null>>;
export type PhotoName = keyof typeof PHOTOS;

export const photoNames = Object.keys(PHOTOS) as PhotoName[];

/** Return the name of a photo; any other text is the red panda. */
export const photoNamed = (name: string): PhotoName =>
  Object.hasOwn(PHOTOS, name) ? (name as PhotoName) : "red_panda";

let shardBytes: Promise<Bytes> | null = null;

/** Return the JPEG file of a sample photo. */
export async function photoFile(name: PhotoName): Promise<Blob> {
  const number = PHOTOS[name];
  const type = { type: "image/jpeg" };
  if (number === null) return new Blob([await received(panda, "photo.jpg")], type);
  shardBytes ??= received(shard, "photos");
  shardBytes.catch(() => (shardBytes = null)); // the next photo tries again
  const [start = 0, size = 0] = [index.offsets[number], index.sizes[number]];
  return new Blob([(await shardBytes).slice(start, start + size)], type);
}

/** Return a sample photo, decoded. */
export async function samplePhoto(name: PhotoName, target: Target): Promise<Input> {
  const { bitmap, notes } = await decode(await photoFile(name));
  try {
    return { picture: pictureOf(bitmap, bitmap.width, bitmap.height, target), name, notes };
  } finally {
    bitmap.close();
  }
}

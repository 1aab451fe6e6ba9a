/** A reader's own folder of images: one subfolder for each class, or train/ and val/ with those. */

import {
  channelStatistics,
  DataError,
  MOST_CLASSES,
  type ImageSet,
  type Split,
} from "$/data/images";
import { seeded, shuffled } from "$/data/random";

export interface PickedFile {
  /** Folders and name, as "pets/cats/1.png". */
  readonly path: string;
  readonly file: Blob;
}

/** Return the pixels of an image, [H, W, 3]; rejects if the browser cannot read it. */
export type Decode = (file: Blob, height: number, width: number) => Promise<Uint8ClampedArray>;

export interface FolderOptions {
  /** [C, H, W] of the network: images get its height and width. */
  readonly shape: readonly [number, number, number];
  readonly seed: number;
  readonly decode: Decode;
  readonly onprogress?: (done: number, count: number) => void;
}

export interface FolderReport {
  /** Paths of images that the browser cannot read. */
  readonly unreadable: readonly string[];
  /** Number of files that are no images, or are in no class. */
  readonly ignored: number;
}

/** An image file, its class, and its split where the folders name it. */
interface Member {
  readonly path: string;
  readonly file: Blob;
  readonly label: string;
  readonly heldOut: boolean | null;
}

const IMAGE = /\.(?:png|jpe?g|webp|gif|bmp|avif)$/i;
const TRAINING = new Set(["train", "training"]);
const HELD_OUT = new Set(["val", "valid", "validation", "test", "testing"]);
/** One image in this many is held out, if the folders do not say which. */
const HELD_OUT_EACH = 6;
const MOST_BYTES = 2 ** 29;
const AT_ONCE = 4;

/** Read, resize and divide the images of a folder. Raises DataError. */
export async function readFolder(
  files: readonly PickedFile[],
  options: FolderOptions,
): Promise<{ images: ImageSet; report: FolderReport }> {
  const { name, members, labels, ignored } = arranged(files);
  const [, height, width] = options.shape;
  if (members.length * height * width * 3 > MOST_BYTES) {
    throw new DataError("data.tooLarge", { limit: "512 MB" });
  }
  const { decoded, unreadable } = await decodeAll(members, options);
  if (decoded.length === 0) throw new DataError("data.noneReadable", { count: members.length });
  for (const label of labels) {
    const count = decoded.filter(({ member }) => member.label === label).length;
    if (count < 2) throw new DataError("data.tooFew", { label, count });
  }
  const channels = decoded.some(({ pixels }) => isColoured(pixels)) ? 3 : 1;
  const shape = [channels, height, width] as const;
  const { training, heldOut } = divided(decoded, labels, options.seed);
  const pack = (chosen: readonly Decoded[]): Split => packed(chosen, labels, shape);
  const train = pack(training);
  const statistics = channelStatistics(train.pixels, shape);
  const images = { name, title: name, notice: "", labels, shape, ...statistics, train };
  return { images: { ...images, heldOut: pack(heldOut) }, report: { unreadable, ignored } };
}

/** Return which class every image belongs to. Raises DataError. */
export function arranged(files: readonly PickedFile[]): {
  name: string;
  members: readonly Member[];
  labels: readonly string[];
  ignored: number;
} {
  const visible = files.filter(
    ({ path }) =>
      IMAGE.test(path) &&
      !path.split("/").some((part) => part.startsWith(".") || part === "__MACOSX"),
  );
  const folders = visible.map(({ path }) => path.split("/").slice(0, -1));
  const root = commonStart(folders);
  const inner = folders.map((folder) => folder.slice(root.length));
  const first = new Set(inner.flatMap(([name]) => (name === undefined ? [] : [name])));
  const isSplit =
    [...first].every((name) => TRAINING.has(name) || HELD_OUT.has(name)) &&
    [...first].some((name) => TRAINING.has(name)) &&
    first.size > 1;
  const members = visible.flatMap((file, index): Member[] => {
    const [outer, second] = inner[index] ?? [];
    const label = isSplit ? second : outer;
    if (label === undefined) return [];
    return [{ ...file, label, heldOut: isSplit ? HELD_OUT.has(outer ?? "") : null }];
  });
  const labels = [...new Set(members.map(({ label }) => label))].sort();
  if (labels.length === 0) {
    const last = root.at(-1);
    // one folder inside the folder that was chosen
    if (root.length > 1 && last !== undefined)
      throw new DataError("data.oneClass", { label: last });
    throw new DataError("data.noSubfolders");
  }
  const [only] = labels;
  if (labels.length === 1 && only !== undefined)
    throw new DataError("data.oneClass", { label: only });
  if (labels.length > MOST_CLASSES) {
    throw new DataError("data.tooManyClasses", { count: labels.length, limit: MOST_CLASSES });
  }
  const name = root.at(-1) ?? "images";
  return { name, members, labels, ignored: files.length - members.length };
}

function commonStart(folders: readonly (readonly string[])[]): readonly string[] {
  const [first = []] = folders;
  const end = first.findIndex((name, depth) => folders.some((folder) => folder[depth] !== name));
  return end < 0 ? first : first.slice(0, end);
}

interface Decoded {
  readonly member: Member;
  readonly pixels: Uint8ClampedArray;
}

async function decodeAll(
  members: readonly Member[],
  { shape: [, height, width], decode, onprogress }: FolderOptions,
): Promise<{ decoded: Decoded[]; unreadable: string[] }> {
  const results = new Array<Uint8ClampedArray | null>(members.length).fill(null);
  let next = 0;
  let done = 0;
  const work = async (): Promise<void> => {
    for (;;) {
      const index = next++;
      const member = members[index];
      if (!member) return;
      results[index] = await decode(member.file, height, width).catch(() => null);
      done += 1;
      if (done % 20 === 0 || done === members.length) onprogress?.(done, members.length);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const decoded: Decoded[] = [];
  const unreadable: string[] = [];
  members.forEach((member, index) => {
    const pixels = results[index];
    if (pixels) decoded.push({ member, pixels });
    else unreadable.push(member.path);
  });
  return { decoded, unreadable };
}

/** Return whether more than 1 % of the pixels have a colour. */
function isColoured(pixels: Uint8ClampedArray): boolean {
  let count = 0;
  for (let index = 0; index < pixels.length; index += 3) {
    const [red = 0, green = 0, blue = 0] = pixels.subarray(index, index + 3);
    if (Math.max(red, green, blue) - Math.min(red, green, blue) > 16) count += 1;
  }
  return count > pixels.length / 300;
}

/** Divide by the folders' names, or at random: the same images are held out for the same seed. */
function divided(
  decoded: readonly Decoded[],
  labels: readonly string[],
  seed: number,
): { training: Decoded[]; heldOut: Decoded[] } {
  const training: Decoded[] = [];
  const heldOut: Decoded[] = [];
  const random = seeded(seed);
  for (const label of labels) {
    const own = decoded.filter(({ member }) => member.label === label);
    const order = shuffled(own.length, random);
    const count = Math.max(1, Math.floor(own.length / HELD_OUT_EACH));
    order.forEach((place, rank) => {
      const image = own[place];
      if (!image) return;
      ((image.member.heldOut ?? rank < count) ? heldOut : training).push(image);
    });
  }
  if (heldOut.length === 0 || training.length === 0) {
    throw new DataError("data.tooFew", { label: labels[0] ?? "", count: decoded.length });
  }
  return { training, heldOut };
}

function packed(
  chosen: readonly Decoded[],
  labels: readonly string[],
  [channels, height, width]: readonly [number, number, number],
): Split {
  const plane = height * width;
  const pixels = new Uint8Array(chosen.length * channels * plane);
  chosen.forEach((image, index) => {
    const start = index * channels * plane;
    for (let pixel = 0; pixel < plane; pixel++) {
      const [red = 0, green = 0, blue = 0] = image.pixels.subarray(3 * pixel, 3 * pixel + 3);
      if (channels === 1) {
        // luma of ITU-R BT.601, rounded as Pillow does
        pixels[start + pixel] = (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;
      } else {
        pixels[start + pixel] = red;
        pixels[start + plane + pixel] = green;
        pixels[start + 2 * plane + pixel] = blue;
      }
    }
  });
  const classes = Uint8Array.from(chosen, ({ member }) => labels.indexOf(member.label));
  return { count: chosen.length, pixels, classes };
}

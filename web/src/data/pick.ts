/** Files of a directory picker or of a drop, with the folders that they are in. */

import type { Decode, PickedFile } from "$/data/folder";

const MOST_FILES = 100_000;

export function filesOf(list: FileList | null): PickedFile[] {
  return Array.from(list ?? [], (file) => ({ path: file.webkitRelativePath || file.name, file }));
}

/** Return all files of dropped folders. */
export async function droppedFiles(transfer: DataTransfer): Promise<PickedFile[]> {
  // entries are there during the event only
  const entries = Array.from(transfer.items).flatMap((item) => item.webkitGetAsEntry() ?? []);
  const files: PickedFile[] = [];
  const walk = async (entry: FileSystemEntry): Promise<void> => {
    if (files.length >= MOST_FILES) return;
    if (isFile(entry)) {
      const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
      files.push({ path: entry.fullPath.replace(/^\//, ""), file });
    } else if (isDirectory(entry)) {
      for (const inner of await entriesOf(entry)) await walk(inner);
    }
  };
  for (const entry of entries) await walk(entry);
  return files;
}

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;
const isDirectory = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry =>
  entry.isDirectory;

async function entriesOf(directory: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = directory.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    // a reader gives at most 100 entries at a time
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return all;
    all.push(...some);
  }
}

/** Decode an image: the middle of it, resized; transparent parts become white. */
export const decode: Decode = async (file, height, width) => {
  const bitmap = await createImageBitmap(file);
  const side = Math.min(bitmap.width / width, bitmap.height / height);
  const [cutWidth, cutHeight] = [side * width, side * height];
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("no canvas");
  context.fillStyle = "white";
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = "high";
  const [left, top] = [(bitmap.width - cutWidth) / 2, (bitmap.height - cutHeight) / 2];
  context.drawImage(bitmap, left, top, cutWidth, cutHeight, 0, 0, width, height);
  bitmap.close();
  const { data } = context.getImageData(0, 0, width, height);
  const pixels = new Uint8ClampedArray(3 * width * height);
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let colour = 0; colour < 3; colour++)
      pixels[3 * pixel + colour] = data[4 * pixel + colour] ?? 0;
  }
  return pixels;
};

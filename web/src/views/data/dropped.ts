/** Files of a folder that was dropped or picked, with their paths. */

export interface Dropped {
  /** Path with the name of the folder, with "/". */
  readonly path: string;
  readonly file: File;
}

const IMAGE = /\.(jpe?g|png|webp|bmp|gif|ppm|pgm|pbm|pnm|tiff?|heic|heif|avif)$/i;
const TABLE = /\.(csv|tsv|json|jsonl|ndjson)$/i;

/** Whether a file is sent: images and tables of labels, none that is hidden. */
export function isImage(path: string): boolean {
  if (path.split("/").some((part) => part.startsWith(".") || part === "__MACOSX")) return false;
  return IMAGE.test(path) || TABLE.test(path);
}

/** Return the files that were dropped, those in folders included. */
export async function pathsOf(transfer: DataTransfer): Promise<Dropped[]> {
  // the list is empty after the first wait, so that all entries are taken before
  const entries = [...transfer.items].flatMap((item) => {
    const entry = item.webkitGetAsEntry();
    return entry ? [entry] : [];
  });
  const files: Dropped[] = [];
  for (const entry of entries) await walk(entry, "", files);
  return files;
}

async function walk(entry: FileSystemEntry, above: string, into: Dropped[]): Promise<void> {
  const path = above ? `${above}/${entry.name}` : entry.name;
  if (entry instanceof FileSystemFileEntry) {
    const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
    into.push({ path, file });
  } else if (entry instanceof FileSystemDirectoryEntry) {
    const reader = entry.createReader();
    // a reader returns at most 100 entries at a time
    for (;;) {
      const part = await new Promise<FileSystemEntry[]>((resolve, reject) =>
        reader.readEntries(resolve, reject),
      );
      if (part.length === 0) break;
      for (const one of part) await walk(one, path, into);
    }
  }
}

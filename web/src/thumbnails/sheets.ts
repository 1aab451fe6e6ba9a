/**
 * Pictures of many images, fetched as sheets of tiles and kept while there is room.
 *
 * A sheet has 16 tiles in a row, in the order that was requested. `createImageBitmap` decodes it
 * outside the main thread. Requests follow what is in view: those of tiles that were scrolled away
 * are given up before they begin.
 */

export const SHEET_COLUMNS = 16;
const MOST_AT_ONCE = 4;
const MOST_PIXELS = 48e6; // of the sheets that are kept; 4 bytes each
const TRIES = 2;

export interface Tile {
  readonly bitmap: ImageBitmap;
  /** Upper left corner in the sheet, and the side of the tile, in its pixels. */
  readonly x: number;
  readonly y: number;
  readonly side: number;
}

export interface SheetOptions {
  /** Address of a sheet with these images. */
  readonly address: (images: readonly number[]) => string;
  /** Side of a tile in pixels of the sheet. */
  readonly side: number;
  /** Most images of a sheet: fewer for photos, which are decoded for it. */
  readonly most?: number;
  /** Images of different groups are in different sheets, as those of different splits. */
  readonly group?: (image: number) => number;
}

interface Sheet {
  readonly bitmap: ImageBitmap;
  readonly images: readonly number[];
}

export class Sheets {
  readonly side: number;
  readonly #address: SheetOptions["address"];
  readonly #most: number;
  readonly #group: (image: number) => number;
  readonly #tiles = new Map<number, Tile>();
  readonly #sheets: Sheet[] = [];
  readonly #failures = new Map<number, number>();
  readonly #loading = new Set<number>();
  readonly #watchers = new Set<() => void>();
  #wanted: readonly number[] = [];
  #active = 0;
  #closed = false;

  constructor(options: SheetOptions) {
    this.side = options.side;
    this.#address = options.address;
    this.#most = options.most ?? 128;
    this.#group = options.group ?? (() => 0);
  }

  /** Call a function whenever further tiles are there; returns the function that ends this. */
  watch(changed: () => void): () => void {
    this.#watchers.add(changed);
    return () => void this.#watchers.delete(changed);
  }

  tile(image: number): Tile | undefined {
    return this.#tiles.get(image);
  }

  /** Whether an image could not be loaded. */
  isLost(image: number): boolean {
    return (this.#failures.get(image) ?? 0) >= TRIES;
  }

  /** Load images, the first ones first; earlier wishes that have not begun are dropped. */
  want(images: readonly number[]): void {
    this.#wanted = images;
    this.#next();
  }

  /** Forget everything. */
  close(): void {
    this.#closed = true;
    this.#wanted = [];
    for (const { bitmap } of this.#sheets) bitmap.close();
    this.#sheets.length = 0;
    this.#tiles.clear();
  }

  #next(): void {
    while (!this.#closed && this.#active < MOST_AT_ONCE) {
      const batch = this.#batch();
      if (batch.length === 0) return;
      void this.#load(batch);
    }
  }

  #batch(): number[] {
    const batch: number[] = [];
    for (const image of this.#wanted) {
      if (this.#tiles.has(image) || this.#loading.has(image) || this.isLost(image)) continue;
      const [first = image] = batch;
      if (this.#group(image) !== this.#group(first)) continue;
      batch.push(image);
      if (batch.length === this.#most) break;
    }
    return batch;
  }

  async #load(images: readonly number[]): Promise<void> {
    this.#active += 1;
    for (const image of images) this.#loading.add(image);
    try {
      const answer = await fetch(this.#address(images));
      if (!answer.ok) throw new Error(String(answer.status));
      const bitmap = await createImageBitmap(await answer.blob());
      if (this.#closed) bitmap.close();
      else this.#keep({ bitmap, images });
    } catch {
      for (const image of images) {
        this.#failures.set(image, (this.#failures.get(image) ?? 0) + 1);
      }
    } finally {
      this.#active -= 1;
      for (const image of images) this.#loading.delete(image);
    }
    for (const changed of this.#watchers) changed();
    this.#next();
  }

  #keep(sheet: Sheet): void {
    this.#sheets.push(sheet);
    const { bitmap, images } = sheet;
    images.forEach((image, i) => {
      const [x, y] = [i % SHEET_COLUMNS, Math.floor(i / SHEET_COLUMNS)];
      this.#tiles.set(image, { bitmap, x: x * this.side, y: y * this.side, side: this.side });
    });
    let pixels = this.#sheets.reduce((sum, one) => sum + one.bitmap.width * one.bitmap.height, 0);
    const inView = new Set(this.#wanted);
    for (let i = 0; pixels > MOST_PIXELS && i < this.#sheets.length - 1;) {
      const old = this.#sheets[i];
      if (!old || old.images.some((image) => inView.has(image))) {
        i += 1;
        continue;
      }
      this.#sheets.splice(i, 1);
      pixels -= old.bitmap.width * old.bitmap.height;
      for (const image of old.images) {
        if (this.#tiles.get(image)?.bitmap === old.bitmap) this.#tiles.delete(image);
      }
      old.bitmap.close();
    }
  }
}

/** Return numbers as "0-63,70,80", which keeps addresses short. */
export function ranges(numbers: readonly number[]): string {
  const parts: string[] = [];
  for (let i = 0; i < numbers.length;) {
    let end = i;
    while (numbers[end + 1] === (numbers[end] ?? NaN) + 1) end += 1;
    parts.push(end > i ? `${numbers[i]}-${numbers[end]}` : `${numbers[i]}`);
    i = end + 1;
  }
  return parts.join(",");
}

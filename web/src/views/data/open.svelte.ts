/** A data set that is open: its summary, labels and thumbnails, each loaded once. */

import { addressOf, get } from "$/api/client";
import { bytesOf } from "$/api/columns";
import type { components } from "$/api/schema";
import { ranges, Sheets } from "$/thumbnails/sheets";

export type Summary = components["schemas"]["DataSummary"];
export type SplitName = "train" | "val" | "test";

const SMALL = 64; // pixels; images up to this side are shown as they are
const PHOTO = 128;
const MOST_PHOTOS = 32; // of a sheet: each is decoded for it

export class OpenSet {
  readonly summary: Summary;
  /** Side of a tile in pixels of a sheet. */
  readonly side: number;
  readonly #labels = new Map<SplitName, Promise<Int32Array>>();
  readonly #sheets = new Map<SplitName, Sheets>();

  constructor(summary: Summary) {
    this.summary = summary;
    const [, height, width] = summary.shape ?? [0, PHOTO, PHOTO];
    const side = Math.max(height, width);
    this.side = side <= SMALL ? Math.max(8, side) : PHOTO;
  }

  get isSmall(): boolean {
    return this.side <= SMALL;
  }

  className(label: number): string {
    return this.summary.classes[label] ?? String(label);
  }

  /** Labels of a split. */
  labels(split: SplitName): Promise<Int32Array> {
    const known = this.#labels.get(split);
    if (known) return known;
    const loading = get("/api/data/{id}/labels", {
      path: { id: this.summary.id },
      query: { split },
    }).then(({ labels }) => new Int32Array(bytesOf(labels).buffer));
    this.#labels.set(split, loading);
    loading.catch(() => this.#labels.delete(split));
    return loading;
  }

  /** Thumbnails of a split. */
  sheets(split: SplitName): Sheets {
    const known = this.#sheets.get(split);
    if (known) return known;
    const { id, version } = this.summary;
    const sheets = new Sheets({
      side: this.side,
      most: this.isSmall ? 256 : MOST_PHOTOS,
      address: (images) =>
        addressOf(
          "/api/data/{id}/sheet",
          { id },
          { split, side: this.side, images: ranges(images), v: version },
        ),
    });
    this.#sheets.set(split, sheets);
    return sheets;
  }

  /** Address of one image. */
  image(split: SplitName, index: number, most = 1600): string {
    const { id, version } = this.summary;
    return addressOf("/api/data/{id}/image", { id }, { split, index, most, v: version });
  }

  close(): void {
    for (const sheets of this.#sheets.values()) sheets.close();
    this.#sheets.clear();
  }
}

/** Return a split by its name in the address; the first one of the set for another text. */
export function splitOf(summary: Summary, name: string): SplitName {
  const there = summary.splits.map((split) => split.name);
  return there.find((one) => one === name) ?? there[0] ?? "train";
}

/** Pictures that are stored in the studio, so that it and the command line read the same pixels. */

import { upload } from "$/api/client";
import type { Picture } from "$/model/types";

export interface Stored {
  readonly id: string;
  /** Relative to the workspace. */
  readonly path: string;
}

const stored = new WeakMap<Picture, Promise<Stored>>();

/** Store a picture; the same one is sent once. */
export function store(picture: Picture): Promise<Stored> {
  const known = stored.get(picture);
  if (known) return known;
  const { width, height, channels, data } = picture;
  const pixels = new Blob([data.slice()]);
  const fresh = upload("/api/look/images", pixels, {
    query: { width, height, channels },
  }) as Promise<Stored>;
  fresh.catch(() => stored.delete(picture));
  stored.set(picture, fresh);
  return fresh;
}

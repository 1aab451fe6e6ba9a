/** The photo of the figure: a sample, or one of the reader's own, which stays in this tab. */

import { TARGET } from "$/figures/filters/photo";
import type { Image } from "$/filters/image";
import { samplePhoto, type PhotoName } from "$/input/photos";
import type { Input } from "$/input/types";

export class PhotoSource {
  image = $state.raw<Image | null>(null);
  /** Sample that is shown or on its way; null for a photo of the reader's own. */
  sample = $state<PhotoName | null>(null);
  isOwn = $state(false);
  fault = $state.raw<unknown>(null);

  take({ picture }: Input): void {
    this.sample = null;
    this.isOwn = true;
    this.image = picture;
    this.fault = null;
  }

  async load(name: PhotoName): Promise<void> {
    if (this.sample === name) return;
    this.sample = name;
    this.isOwn = false;
    try {
      const { picture } = await samplePhoto(name, TARGET);
      if (this.sample !== name) return;
      this.image = picture;
      this.fault = null;
    } catch (error) {
      if (this.sample === name) [this.sample, this.fault] = [null, error];
    }
  }
}

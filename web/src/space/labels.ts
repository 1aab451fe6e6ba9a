/** Names of layers and classes in space: text on small planes that face the camera. */

import { CanvasTexture, Group, LinearFilter, Sprite, SpriteMaterial, SRGBColorSpace } from "three";
import type { Theme } from "$/space/colours";
import type { Arrangement, Vector } from "$/space/places";

const FONT = "600 44px system-ui, 'Noto Sans', 'PingFang SC', 'Microsoft YaHei', sans-serif";
const SMALL = "400 34px system-ui, 'Noto Sans', 'PingFang SC', 'Microsoft YaHei', sans-serif";
const HEIGHT = 56;
const MOST_CLASSES = 20;

export class Labels {
  readonly group = new Group();
  readonly #theme: Theme;
  readonly #classes: Sprite[] = [];

  constructor(
    arrangement: Arrangement,
    theme: Theme,
    names: { readonly image: string; readonly classes: readonly string[] },
  ) {
    this.#theme = theme;
    const size = arrangement.kind === "units" ? 8 : 7;
    let free = -Infinity;
    let line = Infinity;
    for (const place of arrangement.places) {
      const { name, shape } = place.sheet;
      const sprite = this.#sprite(shortened(name) || names.image, ` ${shape.join(" × ")}`, size);
      const width = sprite.scale.x;
      const [x, y, z] = place.centre;
      if (arrangement.kind === "units") {
        sprite.center.set(1, 0.5);
        sprite.position.set(x - place.size[0] / 2 - 6, y, z);
      } else {
        // names that would cover the one before are left out: pointing at a box shows its name
        const bottom = y - place.size[1] / 2 - 5;
        const isSameLine = Math.abs(y - line) < 12;
        if (isSameLine && x < free) continue;
        free = x + width + 8;
        line = y;
        sprite.center.set(0, 0.5);
        sprite.position.set(x - place.size[0] / 2, bottom, z + place.size[2] / 2);
      }
      this.group.add(sprite);
    }
    this.#addClasses(arrangement, names.classes, size);
  }

  #addClasses(arrangement: Arrangement, classes: readonly string[], size: number): void {
    const last = arrangement.places.at(-1);
    if (!last || classes.length > MOST_CLASSES || last.maps.channels !== classes.length) return;
    classes.forEach((name, index) => {
      const sprite = this.#sprite(name.slice(0, 24), "", size);
      const at = last.at(index);
      const isFlat = arrangement.kind === "units";
      sprite.center.set(isFlat ? 0.5 : 0, isFlat ? 0 : 0.5);
      const offset: Vector = isFlat ? [0, last.unit, 0] : [last.size[0], 0, 0];
      sprite.position.set(at[0] + offset[0], at[1] + offset[1], at[2] + offset[2]);
      if (!isFlat) sprite.scale.multiplyScalar(0.6);
      this.#classes.push(sprite);
      this.group.add(sprite);
    });
  }

  /** Show the class with the largest probability clearly, the others faintly. */
  answer(best: number): void {
    this.#classes.forEach((sprite, index) => {
      sprite.material.opacity = index === best ? 1 : 0.45;
    });
  }

  #sprite(bold: string, plain: string, size: number): Sprite {
    const canvas = document.createElement("canvas");
    const context = canvas.getContext("2d");
    if (!context) return new Sprite();
    context.font = FONT;
    const first = context.measureText(bold).width;
    context.font = SMALL;
    canvas.width = Math.ceil(first + context.measureText(plain).width) + 8;
    canvas.height = HEIGHT;
    context.textBaseline = "middle";
    context.font = FONT;
    context.fillStyle = this.#theme.ink;
    context.fillText(bold, 2, HEIGHT / 2);
    context.font = SMALL;
    context.fillStyle = this.#theme.muted;
    context.fillText(plain, 2 + first, HEIGHT / 2);
    const texture = new CanvasTexture(canvas);
    texture.colorSpace = SRGBColorSpace;
    texture.minFilter = LinearFilter;
    const sprite = new Sprite(
      new SpriteMaterial({ map: texture, depthWrite: false, depthTest: false }),
    );
    sprite.scale.set((size * canvas.width) / HEIGHT, size, 1);
    sprite.renderOrder = 1;
    return sprite;
  }

  dispose(): void {
    for (const child of this.group.children) {
      if (!(child instanceof Sprite)) continue;
      child.material.map?.dispose();
      child.material.dispose();
    }
  }
}

/** Return the first two parts of a long path: the stage and the block. */
function shortened(path: string): string {
  const parts = path.split(".");
  return parts.length > 2 ? `${parts.slice(0, 2).join(".")} …` : path;
}

/** The scene: draws only when something has changed, and says which unit is pointed at. */

import {
  Color,
  PerspectiveCamera,
  Raycaster,
  Scene as Objects,
  Vector2,
  Vector3,
  WebGLRenderer,
} from "three";
import { OrbitControls } from "three/addons/controls/OrbitControls.js";
import type { Tensor } from "$/model/types";
import { bodiesOf, type Bodies, type Unit } from "$/space/bodies";
import type { Theme } from "$/space/colours";
import { Labels } from "$/space/labels";
import { connections, Links, Mark } from "$/space/lines";
import type { Arrangement, Place } from "$/space/places";
import type { Link } from "$/space/sources";
import { standAt, standOf, type Stand, type ViewName } from "$/space/views";

const FIELD = 38; // vertical angle of the camera, degrees
const TRAVEL_MS = 900;
const MOST_PIXELS = 2; // of the picture, for one of the page
/** A frame that takes longer is drawn with fewer pixels while the scene moves. */
const SLOW_MS = 34;
const FEWEST_PIXELS = 0.5;
const REST_MS = 160; // without movement, until all pixels are drawn again

/** Units have gaps between them: a point in a gap means one beside it. */
const NEAR = [
  [0, 0],
  [2, 0],
  [-2, 0],
  [0, 2],
  [0, -2],
] as const;

interface Travel {
  readonly from: Stand;
  readonly to: Stand;
  readonly start: number;
}

export interface Names {
  readonly image: string;
  readonly classes: readonly string[];
}

export class Scene {
  readonly #renderer: WebGLRenderer;
  readonly #camera = new PerspectiveCamera(FIELD, 1, 1, 8000);
  readonly #controls: OrbitControls;
  readonly #objects = new Objects();
  readonly #arrangement: Arrangement;
  readonly #places: ReadonlyMap<string, Place>;
  readonly #bodies: Bodies;
  readonly #labels: Labels;
  readonly #links: Links;
  readonly #mark: Mark;
  readonly #ray = new Raycaster();
  readonly #isSoftware = isSoftware();
  #travel: Travel | null = null;
  #frame = 0;
  #isTurning = false;
  #ratio = 1;
  #last = 0;
  #rest: ReturnType<typeof setTimeout> | undefined;

  /** Throws if the browser has no WebGL. */
  constructor(canvas: HTMLCanvasElement, arrangement: Arrangement, theme: Theme, names: Names) {
    this.#renderer = new WebGLRenderer({ canvas, antialias: !this.#isSoftware });
    this.#arrangement = arrangement;
    this.#places = new Map(arrangement.places.map((place) => [place.sheet.path, place]));
    this.#controls = new OrbitControls(this.#camera, canvas);
    this.#controls.addEventListener("change", () => this.draw());
    this.#controls.addEventListener("start", () => (this.#travel = null));
    this.#bodies = bodiesOf(arrangement, theme);
    this.#labels = new Labels(arrangement, theme, names);
    this.#links = new Links(arrangement, theme);
    this.#mark = new Mark(theme);
    this.#objects.background = new Color(theme.paper);
    this.#objects.add(
      connections(arrangement, theme),
      this.#bodies.group,
      this.#labels.group,
      this.#links.group,
      this.#mark.group,
    );
  }

  /** Pixels for one of the page when the scene is at rest; without smooth edges more of them. */
  get #full(): number {
    return this.#isSoftware ? MOST_PIXELS : Math.min(devicePixelRatio, MOST_PIXELS);
  }

  /** Take the size that the canvas has on the page. */
  resize(): void {
    const canvas = this.#renderer.domElement;
    const { clientWidth: width, clientHeight: height } = canvas;
    if (width === 0 || height === 0) return;
    this.#ratio = this.#full;
    this.#renderer.setPixelRatio(this.#ratio);
    this.#renderer.setSize(width, height, false);
    this.#last = -Infinity; // this frame may take long
    this.#camera.aspect = width / height;
    this.#camera.updateProjectionMatrix();
    this.draw();
  }

  paint(path: string, tensor: Tensor, channel: number | null): void {
    this.#bodies.paint(path, tensor, channel);
    this.draw();
  }

  answer(best: number): void {
    this.#labels.answer(best);
    this.draw();
  }

  link(links: readonly Link[]): void {
    const { clientWidth, clientHeight } = this.#renderer.domElement;
    this.#links.show(links, new Vector2(clientWidth, clientHeight));
    this.draw();
  }

  mark(unit: Unit | null): void {
    const place = unit ? this.#places.get(unit.path) : undefined;
    if (place && unit) this.#mark.show(place, unit.index);
    else this.#mark.clear();
    this.draw();
  }

  /** Return the unit at a point of the canvas, or close to it, in pixels of the page. */
  unitAt(x: number, y: number): Unit | null {
    const { clientWidth, clientHeight } = this.#renderer.domElement;
    for (const [right, down] of NEAR) {
      const point = new Vector2(
        (2 * (x + right)) / clientWidth - 1,
        1 - (2 * (y + down)) / clientHeight,
      );
      this.#ray.setFromCamera(point, this.#camera);
      const [hit] = this.#ray.intersectObjects([...this.#bodies.targets], false);
      const unit = hit ? this.#bodies.unitAt(hit) : null;
      if (unit) return unit;
    }
    return null;
  }

  /** Go to a view of the whole network, or in front of one layer. */
  go(to: ViewName | { readonly path: string }, isStill: boolean): void {
    const { aspect } = this.#camera;
    const place = typeof to === "string" ? undefined : this.#places.get(to.path);
    const stand = place
      ? standAt(place, this.#arrangement.kind, aspect, FIELD)
      : standOf(typeof to === "string" ? to : "whole", this.#arrangement, aspect, FIELD);
    const from = { eye: this.#camera.position.clone(), target: this.#controls.target.clone() };
    this.#travel = { from, to: stand, start: performance.now() - (isStill ? TRAVEL_MS : 0) };
    this.draw();
  }

  /** Turn around the target by angles in radians, and change the distance by a factor. */
  move(around: number, up: number, closer: number): void {
    this.#travel = null;
    const offset = this.#camera.position.clone().sub(this.#controls.target);
    const flat = Math.hypot(offset.x, offset.z);
    const height = Math.atan2(offset.y, flat);
    const angle = Math.atan2(offset.x, offset.z) + around;
    const raised = Math.min(1.55, Math.max(-1.55, height + up));
    const length = offset.length() * closer;
    offset.set(
      length * Math.cos(raised) * Math.sin(angle),
      length * Math.sin(raised),
      length * Math.cos(raised) * Math.cos(angle),
    );
    this.#camera.position.copy(this.#controls.target).add(offset);
    this.#controls.update();
    this.draw();
  }

  turn(isTurning: boolean): void {
    this.#isTurning = isTurning;
    this.draw();
  }

  /** Draw in the next frame. */
  draw(): void {
    this.#frame ||= requestAnimationFrame(() => this.#render());
  }

  #render(): void {
    this.#frame = 0;
    if (this.#travel) this.#advance(this.#travel);
    if (this.#isTurning) this.move(0.006, 0, 1);
    this.#sharpen();
    this.#renderer.render(this.#objects, this.#camera);
    if (this.#travel || this.#isTurning) this.draw();
  }

  /** Fewer pixels while frames are slow; all of them when the scene is at rest. */
  #sharpen(): void {
    const now = performance.now();
    const took = now - this.#last;
    this.#last = now;
    const isMoving = took < 2 * REST_MS;
    const most = isMoving ? Math.min(this.#ratio, devicePixelRatio) : this.#ratio;
    const ratio = isMoving && took > SLOW_MS ? Math.max(FEWEST_PIXELS, 0.8 * most) : most;
    if (ratio !== this.#ratio) {
      this.#ratio = ratio;
      this.#renderer.setPixelRatio(ratio);
    }
    clearTimeout(this.#rest);
    if (this.#ratio < this.#full) this.#rest = setTimeout(() => this.resize(), REST_MS);
  }

  #advance({ from, to, start }: Travel): void {
    const part = Math.min(1, (performance.now() - start) / TRAVEL_MS);
    const eased = part * part * (3 - 2 * part);
    if (part === 1) this.#travel = null;
    this.#controls.target.copy(new Vector3().lerpVectors(from.target, to.target, eased));
    this.#camera.position.copy(new Vector3().lerpVectors(from.eye, to.eye, eased));
    this.#camera.lookAt(this.#controls.target);
  }

  dispose(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = -1; // no frame is asked for again
    clearTimeout(this.#rest);
    this.#controls.dispose();
    this.#bodies.dispose();
    this.#labels.dispose();
    this.#links.clear();
    this.#mark.clear();
    this.#renderer.dispose();
  }
}

/** Return whether the processor draws, for which smooth edges are too slow. */
function isSoftware(): boolean {
  const context = document.createElement("canvas").getContext("webgl2");
  const extension = context?.getExtension("WEBGL_debug_renderer_info");
  if (!context || !extension) return false;
  const name = String(context.getParameter(extension.UNMASKED_RENDERER_WEBGL));
  context.getExtension("WEBGL_lose_context")?.loseContext();
  return /swiftshader|llvmpipe|software|basic render/i.test(name);
}

/** The sheets as meshes: a cube for every unit, or boxes with slices of the activations. */

import {
  BoxGeometry,
  BufferAttribute,
  BufferGeometry,
  Color,
  DataTexture,
  DoubleSide,
  DynamicDrawUsage,
  EdgesGeometry,
  Group,
  LineBasicMaterial,
  LineSegments,
  Mesh,
  MeshBasicMaterial,
  NearestFilter,
  PlaneGeometry,
  RepeatWrapping,
  SRGBColorSpace,
  type Intersection,
  type Object3D,
} from "three";
import { indexOf } from "$/explain/shape";
import type { Tensor } from "$/model/types";
import { LINEAR, painted, type Theme } from "$/space/colours";
import type { Arrangement, Place, Vector } from "$/space/places";
import { slicesOf, strongest, type Slice } from "$/space/slices";

export interface Unit {
  readonly path: string;
  readonly index: number;
}

export interface Bodies {
  readonly group: Group;
  /** Objects that can be pointed at. */
  readonly targets: readonly Object3D[];
  /** Paint a sheet; `channel`: the map in front of a box, null for the strongest. */
  readonly paint: (path: string, tensor: Tensor, channel: number | null) => void;
  readonly unitAt: (hit: Intersection) => Unit | null;
  readonly dispose: () => void;
}

export function bodiesOf(arrangement: Arrangement, theme: Theme): Bodies {
  return arrangement.kind === "units"
    ? cubes(arrangement.places, theme)
    : boxes(arrangement.places, theme);
}

const THICK = 0.55; // of a cube, by its side

/**
 * One mesh for each sheet, with the shape of a unit repeated. Instances would take less memory,
 * but are drawn one after another where the processor draws: a tenth of the frames.
 */
function cubes(places: readonly Place[], theme: Theme): Bodies {
  const group = new Group();
  const meshes = new Map<string, Mesh<BufferGeometry, MeshBasicMaterial>>();
  const cube = new BoxGeometry(0.92, THICK, 0.92);
  // units of maps are flat: there are thousands of them
  const tile = new PlaneGeometry(0.92, 0.92).rotateX(-Math.PI / 2);
  for (const place of places) {
    const shape = place.maps.height * place.maps.width > 1 ? tile : cube;
    const geometry = repeated(shape, place);
    const material = new MeshBasicMaterial({ side: DoubleSide, vertexColors: true });
    const mesh = new Mesh(geometry, material);
    mesh.userData["path"] = place.sheet.path;
    mesh.userData["faces"] = (shape.index?.count ?? 0) / 3;
    meshes.set(place.sheet.path, mesh);
    group.add(mesh, plate(place, theme));
  }
  return {
    group,
    targets: [...meshes.values()],
    paint: (path, tensor) => {
      const colours = meshes.get(path)?.geometry.getAttribute("color");
      if (!colours) return;
      const bytes = painted(tensor, path === "");
      const each = colours.count / tensor.data.length;
      for (let i = 0; i < colours.count; i++) {
        const from = 4 * Math.floor(i / each);
        for (let c = 0; c < 3; c++) colours.array[3 * i + c] = LINEAR[bytes[from + c] ?? 0] ?? 0;
      }
      colours.needsUpdate = true;
    },
    unitAt: ({ object, faceIndex }) => {
      if (faceIndex === undefined || faceIndex === null) return null;
      const index = Math.floor(faceIndex / Number(object.userData["faces"]));
      return { path: String(object.userData["path"]), index };
    },
    dispose: () => {
      cube.dispose();
      tile.dispose();
      release(group);
    },
  };
}

/** Return a shape at the place of every unit, in grey. */
function repeated(shape: BufferGeometry, place: Place): BufferGeometry {
  const { channels, height, width } = place.maps;
  const count = channels * height * width;
  const corners = shape.getAttribute("position");
  const faces = shape.index?.array ?? [];
  const positions = new Float32Array(3 * corners.count * count);
  const indices = new Uint32Array(faces.length * count);
  for (let unit = 0; unit < count; unit++) {
    const at = place.at(unit);
    const first = unit * corners.count;
    for (let i = 0; i < 3 * corners.count; i++)
      positions[3 * first + i] = (at[i % 3] ?? 0) + (corners.array[i] ?? 0) * place.unit;
    for (let i = 0; i < faces.length; i++)
      indices[unit * faces.length + i] = first + (faces[i] ?? 0);
  }
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new BufferAttribute(positions, 3));
  const grey = new Float32Array(positions.length).fill(0.6);
  geometry.setAttribute("color", new BufferAttribute(grey, 3).setUsage(DynamicDrawUsage));
  geometry.setIndex(new BufferAttribute(indices, 1));
  return geometry;
}

/** A plate below a sheet, so that units near white stand out, in the colour of the layer's role. */
function plate(place: Place, theme: Theme): Group {
  const [width, , depth] = place.size;
  const geometry = new BoxGeometry(width + 4, 0.4, depth + 4);
  const colour = new Color(theme.plate);
  const body = new Mesh(geometry, new MeshBasicMaterial({ color: colour }));
  const group = new Group();
  group.add(body, outline(geometry, theme.line(place.sheet.path ? place.sheet.role : null)));
  group.position.set(place.centre[0], place.centre[1] - place.unit * 0.5 - 0.1, place.centre[2]);
  return group;
}

function outline(geometry: BufferGeometry, colour: string): LineSegments {
  return new LineSegments(
    new EdgesGeometry(geometry),
    new LineBasicMaterial({ color: new Color(colour) }),
  );
}

function boxes(places: readonly Place[], theme: Theme): Bodies {
  const group = new Group();
  const byPath = new Map(places.map((place) => [place.sheet.path, place]));
  const meshes = new Map<string, Mesh<BoxGeometry, MeshBasicMaterial[]>>();
  const shown = new Map<string, number>();
  for (const place of places) {
    const geometry = new BoxGeometry(...place.size);
    const materials = Array.from({ length: 6 }, () => new MeshBasicMaterial());
    for (const material of materials) material.color.set(theme.plate);
    const mesh = new Mesh(geometry, materials);
    mesh.position.set(...place.centre);
    mesh.userData["path"] = place.sheet.path;
    const edges = outline(geometry, theme.line(place.sheet.path ? place.sheet.role : null));
    edges.position.copy(mesh.position);
    meshes.set(place.sheet.path, mesh);
    group.add(mesh, edges);
  }
  return {
    group,
    targets: [...meshes.values()],
    paint: (path, tensor, channel) => {
      const mesh = meshes.get(path);
      if (!mesh) return;
      const front = channel ?? strongest(tensor);
      shown.set(path, front);
      dress(mesh.material, tensor, front, path === "");
    },
    unitAt: ({ object, point }) => {
      const path = String(object.userData["path"]);
      const place = byPath.get(path);
      return place ? { path, index: unitOn(place, point.toArray(), shown.get(path) ?? 0) } : null;
    },
    dispose: () => release(group),
  };
}

/** Put the slices on the six sides: right, left, top, bottom, front, back. */
function dress(
  materials: readonly MeshBasicMaterial[],
  tensor: Tensor,
  channel: number,
  isImage: boolean,
): void {
  const { front, side, top } = slicesOf(tensor, channel, isImage);
  const faces: readonly (readonly [Slice, boolean, boolean])[] = [
    [front, true, false],
    [front, false, false],
    [top, false, false],
    [top, false, true],
    [side, false, false],
    [side, true, false],
  ];
  materials.forEach((material, face) => {
    const [slice, isMirrored, isUpsideDown] = faces[face] ?? [front, false, false];
    material.map?.dispose();
    material.map = textureOf(slice, isMirrored, isUpsideDown);
    material.color.set("#ffffff");
    material.needsUpdate = true;
  });
}

function textureOf(slice: Slice, isMirrored: boolean, isUpsideDown: boolean): DataTexture {
  const texture = new DataTexture(slice.bytes, slice.width, slice.height);
  texture.colorSpace = SRGBColorSpace;
  texture.magFilter = texture.minFilter = NearestFilter;
  texture.wrapS = texture.wrapT = RepeatWrapping;
  texture.repeat.set(isMirrored ? -1 : 1, isUpsideDown ? -1 : 1);
  texture.needsUpdate = true;
  return texture;
}

/** Return the unit at a point of a box's surface; on its ends the map that is shown. */
function unitOn(place: Place, point: Vector, shown: number): number {
  const { maps, centre, size } = place;
  const part = (axis: 0 | 1 | 2): number => (point[axis] - centre[axis]) / size[axis] + 0.5;
  const pick = (share: number, count: number): number =>
    Math.min(count - 1, Math.max(0, Math.floor(share * count)));
  const [x, y, z] = [part(0), 1 - part(1), part(2)];
  if (maps.height * maps.width === 1) return pick(y, maps.channels);
  const onEnd = Math.min(x, 1 - x) < 1e-3;
  const onTop = Math.min(y, 1 - y) < 1e-3;
  return indexOf(
    maps,
    onEnd ? shown : pick(x, maps.channels),
    onTop && !onEnd ? maps.height >> 1 : pick(y, maps.height),
    onEnd || onTop ? pick(z, maps.width) : maps.width >> 1,
  );
}

function release(group: Group): void {
  group.traverse((object) => {
    if (!(object instanceof Mesh || object instanceof LineSegments)) return;
    object.geometry.dispose();
    const materials = Array.isArray(object.material) ? object.material : [object.material];
    for (const material of materials) {
      if (material instanceof MeshBasicMaterial) material.map?.dispose();
      material.dispose();
    }
  });
}

/** Payloads: numbers with a scale and a caption. tools/page_types.py wrote this file from
 * src/convscope/payload. A field with a default may be absent. */

import type { Values } from "$/payload/arrays";

/** Rectangle on a map, in rows and columns of the map; it may reach beyond the edges. */
export interface Box {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/** Lines over a common horizontal axis; `markers` are places on it. */
export interface Curves {
  readonly title?: string;
  readonly caption?: string;
  readonly kind: "curves";
  readonly x_label: string;
  readonly y_label: string;
  readonly series: readonly Series[];
  readonly markers?: readonly Marker[];
  readonly x_scale?: "linear" | "log";
  readonly y_scale?: "linear" | "log";
  readonly y_format?: "number" | "percent";
}

/** Map of numbers, (H, W), on a scale, with the picture that it describes as `underlay`. */
export interface Heatmap {
  readonly title?: string;
  readonly caption?: string;
  readonly kind: "heatmap";
  readonly values: Values;
  readonly scale: Scale;
  readonly underlay?: Values | null;
  readonly beside?: boolean;
  readonly boxes?: readonly Box[];
  readonly rows?: readonly string[];
  readonly columns?: readonly string[];
  readonly numbers?: Values | null;
  readonly x_label?: string;
  readonly y_label?: string;
}

/** Tiles of one size: (N, H, W), or (N, H, W, 3) on an rgb scale. */
export interface ImageGrid {
  readonly title?: string;
  readonly caption?: string;
  readonly kind: "image_grid";
  readonly tiles: Values;
  readonly scale: Scale;
  readonly labels?: readonly string[];
  readonly columns?: number | null;
  readonly units?: readonly number[];
  readonly picture?: Values | null;
  readonly legend?: readonly LegendEntry[];
}

/** A colour of the tiles, and its meaning. */
export interface LegendEntry {
  readonly colour: string;
  readonly name: string;
}

/** One place on the horizontal axis, with its name. */
export interface Marker {
  readonly x: number;
  readonly label: string;
}

/** Mapping from numbers to colours, shared by all tiles of a grid. */
export interface Scale {
  readonly colours: "viridis" | "blue-white-red" | "grey" | "rgb";
  readonly low: number;
  readonly high: number;
  readonly label?: string;
}

/** Points in the plane, each in one group, some with a thumbnail. */
export interface Scatter {
  readonly title?: string;
  readonly caption?: string;
  readonly kind: "scatter";
  readonly x_label: string;
  readonly y_label: string;
  readonly points: Values;
  readonly groups: readonly number[];
  readonly names: readonly string[];
  readonly thumbnails?: Values | null;
  readonly pictured?: readonly number[];
}

/** One line: points in the order in which they are connected; a y of None is a gap. */
export interface Series {
  readonly name: string;
  readonly style?: "line" | "steps" | "points";
  readonly x: readonly number[];
  readonly y: readonly (number | null)[];
}

/** Several payloads side by side; sheets cannot be nested. */
export interface Sheet {
  readonly title?: string;
  readonly caption?: string;
  readonly kind: "sheet";
  readonly items: readonly Item[];
  readonly columns?: number;
}

/** Rows of text and numbers under named columns; None is an undefined value. */
export interface Table {
  readonly title?: string;
  readonly caption?: string;
  readonly kind: "table";
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number | null)[])[];
}

/** The payloads that a sheet may hold. */
export type Item = Heatmap | ImageGrid | Curves | Table | Scatter;

export type Payload = Item | Sheet;

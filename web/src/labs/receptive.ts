/**
 * Receptive fields of stacked layers, as `convscope.labs.layers.receptive_field`.
 *
 *     r[0] = 1, j[0] = 1;  r[l] = r[l-1] + D (K - 1) j[l-1];  j[l] = j[l-1] S
 *
 * r: side of the field in input pixels, j: distance between the fields of two neighbours,
 * K kernel, S stride, D dilation of layer l.
 */

export interface Layer {
  readonly kind: "conv" | "pool";
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
}

export interface Field {
  readonly field: number;
  readonly jump: number;
}

/** Positions from the first to the last, along one axis; negative ones are padding. */
export type Interval = readonly [first: number, last: number];

export const MOST_LAYERS = 12;
export const MOST_SIDE = 15;

const LAYER = /^(conv|pool)(\d{1,2})(?:s(\d))?(?:d(\d))?$/;

/** Return a layer as conv3, conv3s2, conv3d2 or pool2; null for any other text. */
export function layerOf(text: string): Layer | null {
  const [, kind, kernel = "", stride, dilation] = LAYER.exec(text) ?? [];
  if (kind === undefined) return null;
  const side = Number(kernel);
  const layer = {
    kind: kind === "pool" ? ("pool" as const) : ("conv" as const),
    kernel: side,
    stride: Number(stride ?? (kind === "pool" ? side : 1)),
    dilation: Number(dilation ?? 1),
  };
  const fits = side >= 1 && side <= MOST_SIDE && layer.stride >= 1 && layer.dilation >= 1;
  return fits ? layer : null;
}

/** Return the layers of a text as "conv3 conv3 pool2"; null if one of them is no layer. */
export function layersOf(text: string): readonly Layer[] | null {
  const layers = text
    .trim()
    .split(/[\s,]+/)
    .map(layerOf);
  if (layers.length > MOST_LAYERS || layers.includes(null)) return null;
  return layers.flatMap((layer) => layer ?? []);
}

/** Return the text of a layer. */
export function textOf({ kind, kernel, stride, dilation }: Layer): string {
  const usual = kind === "pool" ? kernel : 1;
  const parts = [stride === usual ? "" : `s${stride}`, dilation === 1 ? "" : `d${dilation}`];
  return `${kind}${kernel}${parts.join("")}`;
}

/** Return the field after each layer; the first is that of an input pixel. */
export function fields(layers: readonly Layer[]): readonly Field[] {
  const all: Field[] = [{ field: 1, jump: 1 }];
  let [field, jump] = [1, 1];
  for (const { kernel, stride, dilation } of layers) {
    field += dilation * (kernel - 1) * jump;
    jump *= stride;
    all.push({ field, jump });
  }
  return all;
}

/** Return the padding on each side that keeps the windows centred. */
export const paddingOf = ({ kind, kernel, dilation }: Layer): number =>
  kind === "pool" ? 0 : Math.floor((dilation * (kernel - 1)) / 2);

/**
 * Return what a unit of the last layer reads: an interval in the input, in each layer, and itself.
 *
 * Convolutions are padded by D (K - 1) / 2, pooling is not.
 */
export function cone(layers: readonly Layer[], unit: number): readonly Interval[] {
  const all: Interval[] = [[unit, unit]];
  let [first, last] = [unit, unit];
  for (const layer of [...layers].reverse()) {
    const padding = paddingOf(layer);
    first = first * layer.stride - padding;
    last = last * layer.stride - padding + layer.dilation * (layer.kernel - 1);
    all.unshift([first, last]);
  }
  return all;
}

/** Return how many units each layer has, for a row of `width` inputs; at least 1. */
export function widths(layers: readonly Layer[], width: number): readonly number[] {
  const all = [width];
  for (const layer of layers) {
    const room = (all.at(-1) ?? 1) + 2 * paddingOf(layer) - layer.dilation * (layer.kernel - 1) - 1;
    all.push(Math.max(1, Math.floor(room / layer.stride) + 1));
  }
  return all;
}

/**
 * Return the number of paths from each input of the field to the unit, along one axis.
 *
 * A product of two of them is the number of paths in the plane: the middle is read most often.
 */
export function paths(layers: readonly Layer[]): readonly number[] {
  let counts = [1];
  for (const { kernel, stride, dilation } of [...layers].reverse()) {
    const next = new Array<number>((counts.length - 1) * stride + dilation * (kernel - 1) + 1).fill(
      0,
    );
    counts.forEach((count, place) => {
      for (let tap = 0; tap < kernel; tap++) {
        const to = place * stride + tap * dilation;
        next[to] = (next[to] ?? 0) + count;
      }
    });
    counts = next;
  }
  return counts;
}

/** Return the weights of the convolutions for C channels in and out of each: K^2 C^2; no biases. */
export const weightsOf = (layers: readonly Layer[], channels: number): number =>
  layers.reduce(
    (sum, { kind, kernel }) => sum + (kind === "conv" ? kernel ** 2 * channels ** 2 : 0),
    0,
  );

/**
 * Squeeze-and-excitation with every number, as `convscope.labs.layers.squeeze_excitation`.
 *
 *     z[c] = mean of map c;  h = relu(W1 z);  s = sigmoid(W2 h);  map c times s[c]
 *
 * Maps are those of C oriented edge detectors; W1 and W2 are set by hand.
 */

export const EXAMPLES = ["vertical", "horizontal", "diagonal", "ring"] as const;
export type Example = (typeof EXAMPLES)[number];

export const SIDE = 16;
export const MAP_SIDE = SIDE - 2;
const [PERIOD, RADIUS, GAIN] = [8, 5, 8];

/** Return the example of a name or an index; null for any other text. */
export const exampleOf = (text: string): Example | null =>
  EXAMPLES.find((name, n) => name === text || String(n) === text) ?? null;

/** Return the image, 0 and 1, rows first. */
export function imageOf(example: Example): Float64Array {
  return Float64Array.from({ length: SIDE * SIDE }, (_, place) => {
    const [row, col] = [Math.floor(place / SIDE), place % SIDE];
    if (example === "ring") {
      const distance = Math.hypot(row - (SIDE - 1) / 2, col - (SIDE - 1) / 2);
      return Math.abs(distance - RADIUS) < 1.5 ? 1 : 0;
    }
    const along = { vertical: col, horizontal: row, diagonal: row + col }[example];
    return along % PERIOD < PERIOD / 2 ? 1 : 0;
  });
}

/** Return |cos(a) Gx + sin(a) Gy| / 4 with a = 180 (c + 1/2) / C - 45 degrees, for each channel. */
export function mapsOf(image: Float64Array, channels: number): readonly Float64Array[] {
  const at = (row: number, col: number): number => image[row * SIDE + col] ?? 0;
  const sums = Array.from({ length: MAP_SIDE * MAP_SIDE }, (_, place) => {
    const [row, col] = [Math.floor(place / MAP_SIDE), place % MAP_SIDE];
    const column = (c: number): number => at(row, c) + 2 * at(row + 1, c) + at(row + 2, c);
    const line = (r: number): number => at(r, col) + 2 * at(r, col + 1) + at(r, col + 2);
    return [column(col + 2) - column(col), line(row + 2) - line(row)] as const;
  });
  return Array.from({ length: channels }, (_, c) => {
    const angle = Math.PI * ((c + 0.5) / channels - 0.25);
    const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
    return Float64Array.from(sums, ([across, down]) => Math.abs(cosine * across + sine * down) / 4);
  });
}

/** Return the orientation that a channel answers to, in degrees. */
export const angleOf = (channel: number, channels: number): number =>
  180 * ((channel + 0.5) / channels - 0.25);

export interface Gating {
  readonly image: Float64Array;
  readonly maps: readonly Float64Array[];
  /** Mean of each map. */
  readonly squeezed: readonly number[];
  /** Hidden units. */
  readonly excited: readonly number[];
  /** Factor of each channel, from 0 to 1. */
  readonly gates: readonly number[];
  /** Weights of both layers, 2 C^2 / r; no biases. */
  readonly parameters: number;
}

/** Return the numbers of one image; the reduction divides the channels. */
export function gating(example: Example, channels: number, reduction: number): Gating {
  const hidden = channels / reduction;
  const image = imageOf(example);
  const maps = mapsOf(image, channels);
  const squeezed = maps.map((map) => map.reduce((sum, value) => sum + value, 0) / map.length);
  const others = channels - reduction;
  const excited = Array.from({ length: hidden }, (_, h) =>
    Math.max(
      0,
      squeezed.reduce((sum, mean, c) => {
        const isOwn = Math.floor(c / reduction) === h;
        return sum + mean * (isOwn ? 1 / reduction : -1 / others);
      }, 0),
    ),
  );
  const gates = squeezed.map((_, c) => {
    const own = Math.floor(c / reduction);
    const sum = excited.reduce(
      (all, value, h) => all + value * (h === own ? GAIN : -GAIN / Math.max(1, hidden - 1)),
      0,
    );
    return 1 / (1 + Math.exp(-sum));
  });
  return { image, maps, squeezed, excited, gates, parameters: 2 * channels * hidden };
}

/** Images that filters read and write, and what lies beyond their edges. */

/** Rows first, channels innermost. */
export interface Image {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly data: Float32Array | Uint8Array;
}

/** Border modes by NumPy's names: `reflect` does not repeat the edge, `symmetric` does. */
export const BORDERS = ["reflect", "symmetric", "edge", "wrap", "constant"] as const;
export type Border = (typeof BORDERS)[number];

/** Return the place inside that a place beyond the edge is read from; -1 for black. */
export function inside(place: number, size: number, border: Border): number {
  if (place >= 0 && place < size) return place;
  if (border === "constant") return -1;
  if (border === "edge") return place < 0 ? 0 : size - 1;
  if (border === "wrap") return ((place % size) + size) % size;
  const period = border === "reflect" ? Math.max(1, 2 * size - 2) : 2 * size;
  const within = ((place % period) + period) % period;
  if (within < size) return within;
  return border === "reflect" ? period - within : period - 1 - within;
}

/** Return the places that a row or column of `size` reads, from -radius on. */
export function places(size: number, radius: number, border: Border): Int32Array {
  return Int32Array.from({ length: size + 2 * radius }, (_, place) =>
    inside(place - radius, size, border),
  );
}

/** Return an image with a border: [height + 2 rows, width + 2 cols, channels]. */
export function padded(image: Image, rows: number, cols: number, border: Border): Float32Array {
  const { width, height, channels, data } = image;
  const [down, across] = [places(height, rows, border), places(width, cols, border)];
  const wide = (width + 2 * cols) * channels;
  const result = new Float32Array(wide * (height + 2 * rows));
  down.forEach((row, i) => {
    if (row < 0) return;
    across.forEach((col, j) => {
      if (col < 0) return;
      const [to, from] = [i * wide + j * channels, (row * width + col) * channels];
      for (let c = 0; c < channels; c++) result[to + c] = data[from + c] ?? 0;
    });
  });
  return result;
}

/** Round to the nearest whole number, ties to even, as NumPy. */
export function rint(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}

/** Numbers with a ring of zeros around them. */

import type { Pair } from "$/labs/convolution";

export const NONE: Pair = [0, 0];

export function withPadding(
  values: readonly number[],
  [height, width]: Pair,
  [down, across]: Pair,
): number[] {
  const cols = width + 2 * across;
  return Array.from({ length: (height + 2 * down) * cols }, (_, place) => {
    const [row, col] = [Math.floor(place / cols) - down, (place % cols) - across];
    const isInside = row >= 0 && row < height && col >= 0 && col < width;
    return isInside ? (values[row * width + col] ?? 0) : 0;
  });
}

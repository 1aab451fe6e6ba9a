/** Regions of a plane: the points inside a closed line, and its form in the address. */

/** x and y in turn, in the plane's coordinates. */
export type Region = readonly number[];

/** Return whether a point is inside a closed line (even-odd rule). */
export function isInside(region: Region, x: number, y: number): boolean {
  let inside = false;
  const num = region.length / 2;
  for (let i = 0, j = num - 1; i < num; j = i, i += 1) {
    const [xi, yi] = [region[2 * i] ?? 0, region[2 * i + 1] ?? 0];
    const [xj, yj] = [region[2 * j] ?? 0, region[2 * j + 1] ?? 0];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}

/** Return the numbers of the points inside a region. */
export function pointsInside(points: ArrayLike<number>, region: Region): number[] {
  if (region.length < 6) return [];
  let [left, right, low, high] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let i = 0; i < region.length; i += 2) {
    const [x, y] = [region[i] ?? 0, region[i + 1] ?? 0];
    left = Math.min(left, x);
    right = Math.max(right, x);
    low = Math.min(low, y);
    high = Math.max(high, y);
  }
  const inside: number[] = [];
  for (let i = 0; 2 * i < points.length; i += 1) {
    const [x, y] = [points[2 * i] ?? 0, points[2 * i + 1] ?? 0];
    // most points are outside the box around the region
    if (x < left || x > right || y < low || y > high) continue;
    if (isInside(region, x, y)) inside.push(i);
  }
  return inside;
}

/** Return a rectangle as a region. */
export function box(x0: number, y0: number, x1: number, y1: number): number[] {
  return [x0, y0, x1, y0, x1, y1, x0, y1];
}

/**
 * Return a line with at most `most` points: those nearest to the line between their neighbours go
 * first (Visvalingam).
 */
export function simplified(region: Region, most: number): number[] {
  const points = Array.from({ length: region.length / 2 }, (_, i): readonly [number, number] => [
    region[2 * i] ?? 0,
    region[2 * i + 1] ?? 0,
  ]);
  const area = (i: number): number => {
    const [a, b, c] = [
      points[(i - 1 + points.length) % points.length],
      points[i],
      points[(i + 1) % points.length],
    ];
    if (!a || !b || !c) return Infinity;
    return Math.abs((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1]));
  };
  while (points.length > most) {
    let [least, at] = [Infinity, 0];
    for (let i = 0; i < points.length; i += 1) {
      const own = area(i);
      if (own < least) [least, at] = [own, i];
    }
    points.splice(at, 1);
  }
  return points.flat();
}

const MOST_POINTS = 40; // in the address

/** Return a region as text: numbers of 4 digits. */
export function written(region: Region): string {
  return simplified(region, MOST_POINTS)
    .map((value) => String(Number(value.toPrecision(4))))
    .join(" ");
}

/** Return the region of a text; null for another text. */
export function read(text: string): Region | null {
  const numbers = text.split(" ").map(Number);
  if (numbers.length < 6 || numbers.length % 2 || numbers.length > 2 * MOST_POINTS) return null;
  return numbers.every(Number.isFinite) ? numbers : null;
}

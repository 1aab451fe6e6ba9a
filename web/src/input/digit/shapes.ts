/**
 * Connected shapes of ink, and which of them form one digit.
 *
 * The same rules as `convscope.handwriting.shapes`.
 */

const SPECK = 0.02; // of the pixels of the largest shape: dust and grain
const DUST = 0.05; // of the longer side of the image
const SIMILAR = 0.45; // of the largest digit's height: another digit, not a part of one
const NEAR = 0.06; // of the larger height: a gap in one stroke
const ABOVE = 0.35; // of the larger height: the bar above a 5

/** Shapes of ink that belong together: labels, number of pixels and bounding box. */
export interface Shape {
  readonly labels: readonly number[];
  readonly pixels: number;
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

export const sizeOf = ({ top, left, bottom, right }: Shape): number =>
  Math.max(bottom - top, right - left);

/** Whether the box lies in that of another shape, up to a tenth of its size. */
export function within(shape: Shape, other: Shape): boolean {
  const slack = 0.1 * sizeOf(other);
  return (
    shape.top >= other.top - slack &&
    shape.left >= other.left - slack &&
    shape.bottom <= other.bottom + slack &&
    shape.right <= other.right + slack
  );
}

export interface Regions {
  /** Number of the region of each pixel; 0 is the background. */
  readonly labels: Int32Array;
  readonly shapes: readonly Shape[];
}

/** The connected regions of a mask, 8 neighbours. */
export function connected(mask: Uint8Array, width: number, height: number): Regions {
  const labels = new Int32Array(mask.length);
  const shapes: Shape[] = [];
  for (let start = 0; start < mask.length; start += 1)
    if (mask[start] && !labels[start])
      shapes.push(filled(mask, labels, start, shapes.length + 1, width, height));
  return { labels, shapes };
}

/** Label the region of one pixel. */
function filled(
  mask: Uint8Array,
  labels: Int32Array,
  start: number,
  label: number,
  width: number,
  height: number,
): Shape {
  const waiting = [start];
  labels[start] = label;
  let pixels = 0;
  let [top, left, bottom, right] = [height, width, 0, 0];
  for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
    pixels += 1;
    const x = place % width;
    const y = (place - x) / width;
    [top, bottom] = [Math.min(top, y), Math.max(bottom, y + 1)];
    [left, right] = [Math.min(left, x), Math.max(right, x + 1)];
    for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v += 1)
      for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u += 1) {
        const next = v * width + u;
        if (!mask[next] || labels[next]) continue;
        labels[next] = label;
        waiting.push(next);
      }
  }
  return { labels: [label], pixels, top, left, bottom, right };
}

/**
 * The shapes without those that leave the image, such as a table or a page's edge.
 *
 * All of them, if only dust is left: then the digit touches the border.
 */
export function inside(shapes: readonly Shape[], width: number, height: number): readonly Shape[] {
  const dust = DUST * Math.max(width, height);
  const kept = shapes.filter(
    ({ top, left, bottom, right }) => top > 0 && left > 0 && bottom < height && right < width,
  );
  return kept.some((shape) => sizeOf(shape) > dust) ? kept : shapes;
}

/**
 * Join the shapes of one digit, and return the digits, the one with the most ink first.
 *
 * Two shapes are one digit if the gap is that of a broken stroke, or if the smaller lies just
 * above or below the larger, as the bar of a 5. Dust is left out.
 */
export function digits(shapes: readonly Shape[]): [Shape, ...Shape[]] | null {
  const largest = Math.max(...shapes.map(({ pixels }) => pixels));
  let remaining = shapes
    .filter(({ pixels }) => pixels >= SPECK * largest)
    .sort((one, other) => other.pixels - one.pixels);
  const groups: Shape[] = [];
  while (remaining.length) {
    const [first, ...others] = remaining;
    if (!first) break;
    let group = first;
    remaining = others;
    for (;;) {
      const near = remaining.filter((shape) => belongs(shape, group));
      if (!near.length) break;
      remaining = remaining.filter((shape) => !near.includes(shape));
      group = near.reduce(union, group);
    }
    groups.push(group);
  }
  const [most] = [...groups].sort((one, other) => other.pixels - one.pixels);
  if (!most) return null;
  const others = groups.filter((group) => sizeOf(group) > SIMILAR * sizeOf(most));
  return [most, ...others.filter((group) => group !== most)];
}

function belongs(shape: Shape, group: Shape): boolean {
  const across = Math.max(shape.left, group.left) - Math.min(shape.right, group.right);
  const down = Math.max(shape.top, group.top) - Math.min(shape.bottom, group.bottom);
  const size = Math.max(sizeOf(group), sizeOf(shape));
  if (Math.max(across, down) <= NEAR * size) return true;
  const width = shape.right - shape.left;
  const isPart = sizeOf(shape) < 0.7 * sizeOf(group) && across < -0.3 * width;
  return isPart && down <= ABOVE * size;
}

const union = (one: Shape, other: Shape): Shape => ({
  labels: [...one.labels, ...other.labels],
  pixels: one.pixels + other.pixels,
  top: Math.min(one.top, other.top),
  left: Math.min(one.left, other.left),
  bottom: Math.max(one.bottom, other.bottom),
  right: Math.max(one.right, other.right),
});

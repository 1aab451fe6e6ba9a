import { describe, expect, test } from "vitest";
import { box, isInside, pointsInside, read, simplified, written } from "$/views/evaluate/lasso";

const star = [0, 0, 4, 0, 4, 4, 2, 1, 0, 4]; // with a notch from above

describe("lasso", () => {
  test.each([
    [1, 1, true],
    [2, 0.5, true],
    [2, 3, false],
    [3.5, 2, true],
    [-1, 2, false],
    [5, 2, false],
  ])("(%d, %d) inside: %s", (x, y, inside) => {
    expect(isInside(star, x, y)).toBe(inside);
  });

  test("a line that crosses itself leaves its middle out (even-odd)", () => {
    const twice = [0, 0, 4, 0, 4, 4, 0, 4, 0, 0, 1, 1, 3, 1, 3, 3, 1, 3, 1, 1];
    expect(isInside(twice, 2, 2)).toBe(false);
    expect(isInside(twice, 0.5, 2)).toBe(true);
  });

  test("points of a grid inside a circle", () => {
    const circle = Array.from({ length: 720 }, (_, i) => {
      const angle = (Math.PI * Math.floor(i / 2)) / 180;
      return 3 * (i % 2 ? Math.sin(angle) : Math.cos(angle));
    });
    const points: number[] = [];
    for (let x = -5; x <= 5; x += 1) for (let y = -5; y <= 5; y += 1) points.push(x, y + 0.25);
    const inside = pointsInside(points, circle);
    const expected = Array.from({ length: points.length / 2 }, (_, i) => i).filter(
      (i) => (points[2 * i] ?? 0) ** 2 + (points[2 * i + 1] ?? 0) ** 2 < 9,
    );
    expect(inside).toEqual(expected);
    // fewer points of the line change nothing near the middle
    const few = simplified(circle, 40);
    expect(few).toHaveLength(80);
    expect(pointsInside(points, few).length).toBeGreaterThan(expected.length - 3);
  });

  test("a box, and lines that are none", () => {
    expect(pointsInside([1, 1, 3, 3], box(0, 0, 2, 2))).toEqual([0]);
    expect(pointsInside([1, 1, 3, 3], box(2, 2, 0, 0))).toEqual([0]);
    expect(pointsInside([1, 1], [])).toEqual([]);
    expect(pointsInside([1, 1], [0, 0, 2, 2])).toEqual([]);
  });

  test("survives the address", () => {
    expect(read(written(star))).toEqual(star);
    const long = Array.from({ length: 2000 }, (_, i) => Math.sin(i) * 1e3);
    expect(read(written(long))).toHaveLength(80);
    for (const text of ["", "1 2", "1 2 3 4 5", "1 2 3 4 5 x", "1 2 3 4 5 Infinity"])
      expect(read(text)).toBeNull();
  });
});

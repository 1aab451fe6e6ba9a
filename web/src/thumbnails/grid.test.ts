import { describe, expect, test } from "vitest";
import { gridFor, heightOf, moved, placeOf, rangeIn, scrollTo, tileAt } from "$/thumbnails/grid";

const grid = gridFor(10_000, 996, 46, false); // 20 columns of 50 pixels

describe("grid of thumbnails", () => {
  test("fills the width with whole columns", () => {
    expect(grid).toEqual({ num: 10_000, columns: 20, across: 50, down: 50, side: 46 });
    expect(heightOf(grid)).toBe(25_000);
    expect(gridFor(3, 1900, 96, true)).toMatchObject({ columns: 19, side: 96, down: 116 });
    expect(gridFor(5, 40, 96, false)).toMatchObject({ columns: 1, side: 40 });
    expect(heightOf(gridFor(0, 500, 50, false))).toBe(0);
  });

  test("of all tiles only those in view are counted", () => {
    expect(rangeIn(grid, 0, 500)).toEqual([0, 200]);
    expect(rangeIn(grid, 1010, 1510)).toEqual([400, 620]);
    expect(rangeIn(grid, 24_900, 25_400)).toEqual([9960, 10_000]);
    expect(rangeIn(gridFor(0, 500, 50, false), 0, 500)).toEqual([0, 0]);
  });

  test("every tile is found at its place, and nothing in the gaps", () => {
    for (const tile of [0, 19, 20, 4321, 9999]) {
      const [x, y] = placeOf(grid, tile);
      expect(tileAt(grid, x + 20, y + 20)).toBe(tile);
      expect(tileAt(grid, x + 48, y + 20)).toBeNull();
    }
    expect(tileAt(grid, -3, 10)).toBeNull();
    expect(tileAt(gridFor(3, 996, 46, false), 200, 20)).toBeNull();
  });

  test.each([
    ["ArrowRight", 21],
    ["ArrowLeft", 19],
    ["ArrowDown", 40],
    ["ArrowUp", 0],
    ["PageDown", 20 + 9 * 20],
    ["End", 9999],
    ["Home", 0],
  ])("%s moves from tile 20 to %d", (key, target) => {
    expect(moved(grid, 20, key, 500)).toBe(target);
  });

  test("a move ends at the borders, and other keys do nothing", () => {
    expect(moved(grid, 0, "ArrowLeft", 500)).toBe(0);
    expect(moved(grid, 5, "ArrowUp", 500)).toBe(5);
    expect(moved(grid, 9999, "ArrowDown", 500)).toBe(9999);
    expect(moved(grid, 9990, "PageDown", 500)).toBe(9999);
    expect(moved(grid, 5, "a", 500)).toBeNull();
  });

  test("scrolls no further than needed", () => {
    expect(scrollTo(grid, 0, 1000, 500)).toBe(0);
    expect(scrollTo(grid, 410, 1000, 500)).toBe(1000);
    expect(scrollTo(grid, 600, 1000, 500)).toBe(1050);
  });
});

import { describe, expect, test } from "vitest";
import {
  csv,
  matching,
  nextSorting,
  readSorting,
  shownText,
  sorted,
  sortingText,
} from "$/table/rows";
import type { Column } from "$/table/types";

interface Row {
  readonly name: string;
  readonly size: number | null;
}
const ROWS: readonly Row[] = [
  { name: "run-10", size: 3 },
  { name: "run-2", size: null },
  { name: "Run-1", size: -1 },
  { name: "ä", size: 3 },
];
const NAME: Column<Row> = { id: "name", title: "Name", value: (row) => row.name };
const SIZE: Column<Row> = {
  id: "size",
  title: "Size",
  value: (row) => row.size,
  text: (row) => (row.size === null ? "" : `${row.size} MB`),
  first: "descending",
};
const COLUMNS = [NAME, SIZE];
const names = (rows: readonly Row[]): string[] => rows.map((row) => row.name);

describe("order", () => {
  test("without a sorting, and for an unknown column, rows keep their order", () => {
    expect(sorted(ROWS, COLUMNS, null)).toBe(ROWS);
    expect(sorted(ROWS, COLUMNS, { column: "else", direction: "ascending" })).toBe(ROWS);
  });

  test("numbers in names are compared as numbers", () => {
    const rows = sorted(ROWS, COLUMNS, { column: "name", direction: "ascending" });
    expect(names(rows)).toEqual(["ä", "Run-1", "run-2", "run-10"]);
  });

  test.each(["ascending", "descending"] as const)(
    "%s, rows without a value are last",
    (direction) => {
      const rows = sorted(ROWS, COLUMNS, { column: "size", direction });
      expect(rows.at(-1)?.size).toBeNull();
    },
  );

  test("equal rows keep their order in both directions", () => {
    const rows = sorted(ROWS, COLUMNS, { column: "size", direction: "descending" });
    expect(names(rows).slice(0, 2)).toEqual(["run-10", "ä"]);
  });

  test("the argument is left as it is", () => {
    const before = names(ROWS);
    sorted(ROWS, COLUMNS, { column: "size", direction: "descending" });
    expect(names(ROWS)).toEqual(before);
  });

  test("not a number counts as missing", () => {
    const rows = [{ name: "a", size: NaN }, ...ROWS];
    const order = sorted(rows, COLUMNS, { column: "size", direction: "ascending" });
    expect(names(order).slice(0, 3)).toEqual(["Run-1", "run-10", "ä"]);
  });
});

describe("clicks on a head", () => {
  test("sort, reverse, and return to the order of the list", () => {
    const one = nextSorting(null, SIZE);
    expect(one).toEqual({ column: "size", direction: "descending" });
    const two = nextSorting(one, SIZE);
    expect(two).toEqual({ column: "size", direction: "ascending" });
    expect(nextSorting(two, SIZE)).toBeNull();
    expect(nextSorting(two, NAME)).toEqual({ column: "name", direction: "ascending" });
  });

  test("the address keeps the sorting", () => {
    for (const text of ["name", "-size", ""]) {
      expect(sortingText(readSorting(text, COLUMNS))).toBe(text);
    }
    expect(readSorting("-nothing", COLUMNS)).toBeNull();
  });
});

describe("search", () => {
  test("every word must occur, in any cell that is shown", () => {
    expect(names(matching(ROWS, COLUMNS, "  "))).toEqual(names(ROWS));
    expect(names(matching(ROWS, COLUMNS, "RUN 3"))).toEqual(["run-10"]);
    expect(names(matching(ROWS, COLUMNS, "mb"))).toHaveLength(3);
    expect(matching(ROWS, COLUMNS, "none")).toEqual([]);
  });

  test("a cell shows its text, or else its value", () => {
    expect(shownText(NAME, { name: "x", size: 1 })).toBe("x");
    expect(shownText(SIZE, { name: "x", size: 1 })).toBe("1 MB");
    expect(shownText({ ...SIZE, text: () => "" }, { name: "x", size: 1 })).toBe("");
  });
});

describe("CSV", () => {
  test("values, not texts; empty for what is missing", () => {
    expect(csv(ROWS.slice(0, 2), COLUMNS)).toBe("Name,Size\r\nrun-10,3\r\nrun-2,\r\n");
  });

  test.each([
    ['a "b", c', '"a ""b"", c"'],
    ["two\nlines", '"two\nlines"'],
    ["=HYPERLINK(1)", "'=HYPERLINK(1)"],
    ["@x", "'@x"],
    ["-5 oh", "'-5 oh"],
    ["<img onerror=1>", "<img onerror=1>"],
  ])("%j becomes %j", (name, cell) => {
    expect(csv([{ name, size: -5 }], COLUMNS)).toBe(`Name,Size\r\n${cell},-5\r\n`);
  });
});

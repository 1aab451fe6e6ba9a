import { describe, expect, test } from "vitest";
import { arranged, spread } from "$/views/data/arrange";

const labels = Int32Array.from([2, 0, 1, 0, 2, 2]);

describe("order of a contact sheet", () => {
  test("as stored, by class, and of one class", () => {
    expect(arranged(labels, 3, "stored", null)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(arranged(labels, 3, "classes", null)).toEqual([1, 3, 2, 0, 4, 5]);
    expect(arranged(labels, 3, "classes", 2)).toEqual([0, 4, 5]);
    expect(arranged(labels, 4, "sample", 3)).toEqual([]);
  });

  test("a sample has 12 of each class, from its first to its last image", () => {
    const many = Int32Array.from({ length: 200 }, (_, i) => i % 2);
    const sample = arranged(many, 2, "sample", null);
    expect(sample).toHaveLength(24);
    expect(sample.slice(0, 12).every((i) => i % 2 === 0)).toBe(true);
    expect([sample[0], sample[11], sample[12], sample[23]]).toEqual([0, 198, 1, 199]);
    expect(spread([4, 5], 12)).toEqual([4, 5]);
  });
});

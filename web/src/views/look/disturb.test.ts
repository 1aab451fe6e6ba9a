/** Disturbances; `e2e/test_disturb.py` compares them with those of Python by writing cases first. */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  disturb,
  disturbed,
  KINDS,
  NONE,
  normal,
  planesOf,
  RANGES,
  reduced,
  type Disturbance,
} from "$/views/look/disturb";
import type { Picture } from "$/model/types";

function picture(width: number, height: number, channels: 1 | 3 = 1): Picture {
  const draw = normal(width * 1000 + height);
  const data = Uint8Array.from({ length: width * height * channels }, () =>
    Math.min(255, Math.max(0, Math.round(128 + 60 * draw()))),
  );
  return { width, height, channels, data };
}

const MANY = 10 ** 6;

describe("disturb", () => {
  test("a disturbance of 0 returns the image itself", () => {
    const image = picture(9, 7, 3);
    expect(disturb(image, NONE, MANY)).toBe(image);
  });

  test("a shift moves pixels and repeats the edge", () => {
    const image: Picture = { width: 5, height: 1, channels: 1, data: Uint8Array.of(1, 2, 3, 4, 5) };
    expect([...disturb(image, { ...NONE, shift: 20 }, MANY).data]).toEqual([1, 1, 2, 3, 4]);
    expect([...disturb(image, { ...NONE, shift: -20 }, MANY).data]).toEqual([2, 3, 4, 5, 5]);
  });

  test("a turn by 90 degrees clockwise moves every pixel of a square", () => {
    const data = Uint8Array.from({ length: 9 }, (_, place) => 10 * place);
    const image: Picture = { width: 3, height: 3, channels: 1, data };
    const turned = disturb(image, { ...NONE, rotation: 90 }, MANY);
    expect([...turned.data]).toEqual([60, 30, 0, 70, 40, 10, 80, 50, 20]);
  });

  test("blur keeps an even image, and noise is the same for a seed", () => {
    const even: Picture = { width: 8, height: 8, channels: 1, data: new Uint8Array(64).fill(77) };
    expect([...disturb(even, { ...NONE, blur: 8 }, MANY).data]).toEqual(Array(64).fill(77));
    const noisy = (seed: number): Uint8Array =>
      disturb(even, { ...NONE, noise: 20 }, MANY, seed).data;
    expect(noisy(3)).toEqual(noisy(3));
    expect(noisy(3)).not.toEqual(noisy(4));
  });

  test("the noise is normally distributed", () => {
    const draw = normal(1);
    const values = Array.from({ length: 40_000 }, draw);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const square = values.reduce((sum, value) => sum + value ** 2, 0) / values.length;
    const fourth = values.reduce((sum, value) => sum + value ** 4, 0) / values.length;
    // five standard errors of each
    expect(Math.abs(mean)).toBeLessThan(5 / Math.sqrt(40_000));
    expect(Math.abs(square - 1)).toBeLessThan((5 * Math.SQRT2) / Math.sqrt(40_000));
    expect(Math.abs(fourth - 3)).toBeLessThan((5 * Math.sqrt(96)) / Math.sqrt(40_000));
  });

  test("a large photo is reduced to means of squares before it is disturbed", () => {
    const image = picture(64, 48, 3);
    const small = disturb(image, { ...NONE, blur: 1 }, 32 * 24);
    expect([small.width, small.height]).toEqual([32, 24]);
  });

  test.each(KINDS)("the ends of %s stay within 0 to 255 and keep the size", (kind) => {
    const image = picture(17, 12, 3);
    for (const end of [RANGES[kind].low, RANGES[kind].high]) {
      const result = disturb(image, { ...NONE, [kind]: end }, MANY);
      expect([result.width, result.height, result.data.length]).toEqual([17, 12, 17 * 12 * 3]);
    }
  });
});

interface Case {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  /** Channels innermost. */
  readonly pixels: readonly number[];
  readonly most: number;
  readonly by: Disturbance;
  readonly expected: { readonly width: number; readonly planes: readonly (readonly number[])[] };
}

const file = process.env["DISTURB_CASES"];
const cases: readonly Case[] = file ? (JSON.parse(readFileSync(file, "utf8")) as Case[]) : [];

describe.skipIf(!file)("as in Python, in float64", () => {
  test("there are cases", () => expect(cases.length).toBeGreaterThan(20));

  test.each(cases)("$name", ({ width, height, channels, pixels, most, by, expected }) => {
    const image: Picture = { width, height, channels, data: Uint8Array.from(pixels) };
    const result = disturbed(reduced(planesOf(image), most), by, 0);
    expect(result.width).toBe(expected.width);
    expected.planes.forEach((plane, channel) => {
      const values = result.channels[channel] ?? new Float64Array();
      expect(values.length).toBe(plane.length);
      const difference = plane.reduce(
        (largest, value, place) => Math.max(largest, Math.abs(value - (values[place] ?? NaN))),
        0,
      );
      expect(difference).toBeLessThan(1e-9);
    });
  });
});

/** Filters compared with Python's. `e2e/test_filters_contract.py` writes the cases and runs this. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { apply, FILTERS, type FilterName, type Values } from "$/filters/entries";
import type { Border, Image } from "$/filters/image";
import { factors, kernelOf, spectrum } from "$/filters/kernel";
import { psnr, ssim } from "$/filters/quality";
import { rgba } from "$/filters/shown";

interface Stored {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
  readonly data: readonly number[];
}

interface Case {
  readonly filter: FilterName | null;
  readonly kernel: readonly (readonly number[])[] | null;
  readonly operation: "correlation" | "convolution";
  readonly values: Partial<Values>;
  readonly border: Border;
  readonly image: Stored;
  readonly result: readonly number[];
  readonly shown: readonly number[];
}

interface Cases {
  readonly filters: readonly string[];
  readonly cases: readonly Case[];
  readonly kernels: readonly {
    readonly rows: readonly (readonly number[])[];
    readonly rank: number;
    readonly missed: number;
    readonly spectrum: readonly number[];
  }[];
  readonly quality: readonly {
    readonly image: Stored;
    readonly original: Stored;
    readonly psnr: number;
    readonly ssim: number;
  }[];
}

const folder = process.env["FILTER_CASES"];
const cases: Cases = folder
  ? (JSON.parse(readFileSync(join(folder, "cases.json"), "utf8")) as Cases)
  : { filters: [], cases: [], kernels: [], quality: [] };

const imageOf = ({ data, ...sizes }: Stored): Image => ({ ...sizes, data: Uint8Array.from(data) });

describe.skipIf(!folder)("filters", () => {
  it("are all of Python's", () => {
    expect(Object.keys(FILTERS).sort()).toEqual([...cases.filters].sort());
  });

  it.each(
    cases.cases.map((one, n) => [`${n} ${one.filter ?? "kernel"} ${one.border}`, one] as const),
  )("%s", (_, { filter, kernel, operation, values, border, image, result, shown }) => {
    const source = imageOf(image);
    const choice = filter
      ? { name: filter, values }
      : { kernel: kernelOf(kernel ?? []), operation };
    const own = apply(source, choice, border);
    expect(own.data.length).toBe(result.length);
    // one level where rounding meets a tie
    const tolerance = own.view === "scaled" || own.view === "angle" ? 2e-3 : 1;
    let [worst, differing] = [0, 0];
    own.data.forEach((value, place) => {
      let difference = Math.abs(value - (result[place] ?? NaN));
      if (own.view === "angle") difference = Math.min(difference, 2 * Math.PI - difference);
      worst = Math.max(worst, difference);
      if (difference > 1e-3) differing += 1;
    });
    expect(worst).toBeLessThanOrEqual(tolerance);
    expect(differing / result.length).toBeLessThan(0.02);
    const pixels = rgba(own, source);
    const levels = shown.map((level, place) => Math.abs(level - (pixels[place] ?? NaN)));
    if (own.view !== "angle") expect(Math.max(...levels)).toBeLessThanOrEqual(1);
  });

  it.each(cases.kernels.map((one) => [one.rows.join("; "), one] as const))(
    "factors and spectrum of %s",
    (_, one) => {
      const kernel = kernelOf(one.rows);
      const { rank, missed, column, row } = factors(kernel);
      expect(rank).toBe(one.rank);
      expect(missed).toBeCloseTo(one.missed, 9);
      if (rank === 1)
        kernel.values.forEach((value, place) => {
          const [u, v] = [Math.floor(place / kernel.cols), place % kernel.cols];
          expect((column[u] ?? 0) * (row[v] ?? 0)).toBeCloseTo(value, 9);
        });
      [...spectrum(kernel, 9)].forEach((value, place) =>
        expect(value).toBeCloseTo(one.spectrum[place] ?? NaN, 4),
      );
    },
  );

  it("have Python's PSNR and SSIM", () => {
    expect(cases.quality.length).toBeGreaterThan(0);
    for (const one of cases.quality) {
      const [image, original] = [imageOf(one.image), imageOf(one.original)];
      expect(psnr(image, original)).toBeCloseTo(one.psnr, 6);
      expect(ssim(image, original)).toBeCloseTo(one.ssim, 4);
    }
  });
});

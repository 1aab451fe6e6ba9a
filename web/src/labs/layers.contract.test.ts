/** Labs of the page compared with Python's. `e2e/test_labs_contract.py` writes the cases. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { links, type Kind } from "$/labs/connectivity";
import { draws } from "$/labs/draws";
import { flow, type Case, type Flow, type Size } from "$/labs/gradient_flow";
import {
  cropped,
  filtered,
  learn,
  quadratic,
  startOf,
  type Learning,
} from "$/labs/learnable_filter";
import { fields, layersOf, paths, textOf, weightsOf } from "$/labs/receptive";
import { costs, type Sizes } from "$/labs/separable";
import { exampleOf, gating } from "$/labs/squeeze_excitation";

interface Cases {
  readonly draws: {
    readonly seed: number;
    readonly uniform: readonly number[];
    readonly normal: readonly number[];
  };
  readonly connectivity: readonly {
    readonly kind: Kind;
    readonly width: number;
    readonly kernel: number;
    readonly stride: number;
    readonly links: readonly (readonly [number, number, number])[];
  }[];
  readonly fields: readonly {
    readonly layers: string;
    readonly fields: readonly (readonly [number, number])[];
    readonly paths: readonly number[];
    readonly weights: number;
  }[];
  readonly flows: readonly { readonly one: Case; readonly size: Size; readonly flow: Flow }[];
  readonly learning: readonly {
    readonly photo: {
      readonly width: number;
      readonly height: number;
      readonly data: readonly number[];
    };
    readonly truth: readonly number[];
    readonly side: number;
    readonly how: Learning;
    readonly steps: number;
    readonly losses: readonly number[];
    readonly kernels: readonly (readonly number[])[];
    readonly places: readonly number[];
  }[];
  readonly separable: readonly {
    readonly sizes: Sizes;
    readonly weights: readonly number[];
    readonly macs: readonly number[];
    readonly ratio: number;
  }[];
  readonly gates: readonly {
    readonly example: string;
    readonly channels: number;
    readonly reduction: number;
    readonly maps: readonly (readonly number[])[];
    readonly squeezed: readonly number[];
    readonly excited: readonly number[];
    readonly gates: readonly number[];
    readonly parameters: number;
  }[];
}

const folder = process.env["LAB_CASES"];
const cases: Cases | null = folder
  ? (JSON.parse(readFileSync(join(folder, "labs.json"), "utf8")) as Cases)
  : null;

/** Compare relative to the larger number, so that tiny gradients count too. */
function near(own: ArrayLike<number>, other: readonly number[], tolerance: number): void {
  expect(own.length).toBe(other.length);
  other.forEach((value, n) => {
    const difference = Math.abs((own[n] ?? NaN) - value);
    const most = tolerance * Math.max(Math.abs(value), 1e-12);
    if (!(difference <= most)) expect(own[n]).toBe(value);
  });
}

describe.skipIf(!cases)("labs", () => {
  it("draw the same numbers", () => {
    const { seed, uniform, normal } = cases?.draws ?? { seed: 0, uniform: [], normal: [] };
    const random = draws(seed);
    near(
      uniform.map(() => random.uniform()),
      uniform,
      1e-15,
    );
    near(
      normal.map(() => random.normal()),
      normal,
      1e-12,
    );
  });

  it.each(cases?.connectivity ?? [])("connect $kind $width $kernel $stride", (one) => {
    const own = links(one).map(({ input, output, weight }) => [input, output, weight]);
    expect(own).toEqual(one.links);
  });

  it.each(cases?.fields ?? [])("see $layers", (one) => {
    const layers = layersOf(one.layers) ?? [];
    expect(fields(layers).map(({ field, jump }) => [field, jump])).toEqual(one.fields);
    expect(paths(layers)).toEqual(one.paths);
    expect(weightsOf(layers, 7)).toBe(one.weights);
    expect(layers.map(textOf).join(" ")).toBe(one.layers);
  });

  it.each(cases?.flows ?? [])("send gradients back: $one", ({ one, size, flow: expected }) => {
    const own = flow(one, size);
    // PyTorch computes in float32
    near(own.norms, expected.norms, 2e-3);
    near(own.spreads, expected.spreads, 1e-3);
    expect(own.verdict).toBe(expected.verdict);
  });

  it.each(cases?.learning ?? [])("learn with $how", (one) => {
    const { photo, side } = one;
    const grey = cropped({ ...photo, data: Float64Array.from(photo.data) });
    const truth = Float64Array.from(one.truth);
    const loss = quadratic(grey, filtered(grey, truth, side), side);
    const history = learn(loss, truth, startOf(side), one.how);
    one.places.forEach((place, n) => {
      near([history[place]?.loss ?? NaN], [one.losses[n] ?? NaN], 1e-6);
      near(history[place]?.kernel ?? [], one.kernels[n] ?? [], 1e-6);
    });
    // rounding decides in which step the last change is too small
    expect(Math.abs(history.length - one.steps)).toBeLessThan(0.02 * one.steps + 3);
  });

  it.each(cases?.separable ?? [])("count $sizes", ({ sizes, weights, macs, ratio }) => {
    const { standard, depthwise, pointwise, ratio: own } = costs(sizes);
    const all = [standard, depthwise, pointwise];
    expect(all.map((cost) => cost.weights)).toEqual(weights);
    expect(all.map((cost) => cost.macs)).toEqual(macs);
    expect(own).toBeCloseTo(ratio, 12);
  });

  it.each(cases?.gates ?? [])("gate $example $channels $reduction", (one) => {
    const own = gating(exampleOf(one.example) ?? "ring", one.channels, one.reduction);
    own.maps.forEach((map, c) => {
      one.maps[c]?.forEach((value, n) => expect(map[n]).toBeCloseTo(value, 12));
    });
    near(own.squeezed, one.squeezed, 1e-12);
    one.excited.forEach((value, n) => expect(own.excited[n]).toBeCloseTo(value, 12));
    near(own.gates, one.gates, 1e-10);
    expect(own.parameters).toBe(one.parameters);
  });
});

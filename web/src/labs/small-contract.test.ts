/** Small labs compared with Python's. `e2e/test_small_labs_contract.py` writes the cases. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { failureOf } from "$/lang/failure";
import * as activations from "$/labs/functions/activations";
import * as descent from "$/labs/functions/descent";
import { softmaxStates } from "$/labs/functions/softmax";
import * as laplacian from "$/labs/images/laplacian";
import { largestResponse, responseMap } from "$/labs/images/object-sizes";
import { CHANNELS, matrix, regionAt } from "$/labs/images/pixels";
import { sectionOf, surface, usualSize, type SurfaceName } from "$/labs/images/surface";
import * as shift from "$/labs/pooling/shift";
import * as pooling from "$/labs/pooling/windows";
import { depthConcat } from "$/labs/shapes/depth-concat";
import { convolutional, fullyConnected, inputsOf, type MlpSetup } from "$/labs/shapes/mlp-size";

interface Cases {
  readonly activations: readonly {
    readonly names: readonly string[];
    readonly x: number;
    readonly layers: number;
    readonly functions: readonly {
      readonly function: activations.ActivationName;
      readonly value: number;
      readonly slope: number;
      readonly through: number;
    }[];
  }[];
  readonly descent: readonly {
    readonly lr: number;
    readonly factor: number;
    readonly verdict: string;
    readonly path: readonly (descent.Step & { readonly step: number })[];
  }[];
  readonly softmax: readonly {
    readonly label: number;
    readonly lr: number;
    readonly steps: readonly {
      readonly scores: readonly number[];
      readonly exponentials: readonly number[];
      readonly probabilities: readonly number[];
      readonly loss: number;
      readonly gradient: readonly number[];
    }[];
  }[];
  readonly laplacian: readonly {
    readonly row: readonly number[];
    readonly differences: readonly laplacian.Difference[];
    readonly edges: readonly (readonly number[])[];
    readonly kernel_4: readonly (readonly number[])[];
    readonly kernel_8: readonly (readonly number[])[];
  }[];
  readonly surface: readonly {
    readonly name: SurfaceName;
    readonly sigma: number | null;
    readonly kernel: readonly (readonly number[])[];
    readonly section: readonly number[];
  }[];
  readonly pooling: readonly {
    readonly kind: pooling.Kind;
    readonly size: number;
    readonly stride: number;
    readonly padding: number;
    readonly side: number;
    readonly seed: number;
    readonly input: readonly (readonly number[])[];
    readonly windows: readonly {
      readonly values: readonly number[];
      readonly winner: readonly [number, number] | null;
    }[];
    readonly output: readonly (readonly number[])[];
    readonly gradient: readonly (readonly number[])[];
  }[];
  readonly shift: readonly {
    readonly shift: number;
    readonly size: number;
    readonly detectors: readonly number[];
    readonly shifted: readonly number[];
    readonly pooled: readonly number[];
    readonly pooled_shifted: readonly number[];
    readonly changed: number;
    readonly pooled_changed: number;
    readonly difference: number;
    readonly pooled_difference: number;
  }[];
  readonly mlp: readonly (MlpSetup & {
    readonly inputs: number;
    readonly layers: readonly {
      readonly weights: number;
      readonly biases: number;
      readonly parameters: number;
      readonly size_bytes: number;
      readonly uses: number;
    }[];
  })[];
  readonly concat: readonly {
    readonly inputs: readonly {
      readonly size: readonly [number, number, number];
      readonly top: number;
      readonly left: number;
      readonly bottom: number;
      readonly right: number;
      readonly first: number;
      readonly zeros: number;
    }[];
    readonly output: readonly number[];
  }[];
  readonly objects: {
    readonly responses: readonly {
      readonly object: number;
      readonly kernel: number;
      readonly response: number;
    }[];
    readonly map: readonly number[];
  };
  readonly pixels: readonly {
    readonly height: number;
    readonly width: number;
    readonly top: number;
    readonly left: number;
    readonly matrices: Readonly<Record<string, readonly (readonly number[])[]>>;
    readonly setting: {
      readonly size: number;
      readonly x: number;
      readonly y: number;
      readonly data: readonly number[];
    };
  }[];
}

const file = process.env["LAB_CASES"];

function near(own: ArrayLike<number>, other: readonly number[]): void {
  expect(own.length).toBe(other.length);
  other.forEach((value, place) => expect(own[place]).toBeCloseTo(value, 9));
}

describe.skipIf(!file)("small labs", () => {
  const cases = file ? (JSON.parse(readFileSync(file, "utf8")) as Cases) : ({} as Cases);

  it("activations", () => {
    for (const { names, x, layers, functions } of cases.activations) {
      expect(activations.ACTIVATION_NAMES).toEqual(names);
      for (const one of functions) {
        const own = activations.ACTIVATIONS[one.function];
        near([own.value(x), own.slope(x)], [one.value, one.slope]);
        near([activations.through(one.function, x, layers)], [one.through]);
      }
    }
  });

  it("gradient descent", () => {
    for (const { lr, factor, verdict, path } of cases.descent) {
      expect(descent.verdictOf(lr)).toBe(verdict);
      near([descent.factorOf(lr)], [factor]);
      const own = descent.path(lr, path.length - 1, path[0]?.x ?? 0);
      expect(own.length).toBe(path.length);
      path.forEach((step, n) => {
        for (const key of ["x", "value", "gradient", "update"] as const) {
          const off = Math.abs((own[n]?.[key] ?? NaN) - step[key]);
          expect(off).toBeLessThanOrEqual(1e-12 * Math.abs(step[key]));
        }
      });
    }
  });

  it("softmax", () => {
    for (const { label, lr, steps } of cases.softmax) {
      const own = softmaxStates(steps[0]?.scores ?? [], label, lr, steps.length - 1);
      expect(own.length).toBe(steps.length);
      steps.forEach((state, n) => {
        near(own[n]?.scores ?? [], state.scores);
        near(own[n]?.exponentials ?? [], state.exponentials);
        near(own[n]?.probabilities ?? [], state.probabilities);
        near(own[n]?.gradient ?? [], state.gradient);
        near([own[n]?.loss ?? NaN], [state.loss]);
      });
    }
  });

  it("second differences", () => {
    for (const { row, differences, edges, kernel_4, kernel_8 } of cases.laplacian) {
      const own = laplacian.differences(row);
      near(
        own.flatMap(({ place, value, first, second }) => [place, value, first, second]),
        differences.flatMap(({ place, value, first, second }) => [place, value, first, second]),
      );
      expect(laplacian.edges(row)).toEqual(edges);
      expect(laplacian.KERNEL_4).toEqual(kernel_4.flat());
      expect(laplacian.KERNEL_8).toEqual(kernel_8.flat());
    }
    expect(laplacian.ROW).toEqual(cases.laplacian[0]?.row);
  });

  it("surfaces", () => {
    for (const { name, sigma, kernel, section } of cases.surface) {
      const own = surface(name, sigma ?? 1, kernel.length);
      near(own.values, kernel.flat());
      near(sectionOf(own), section);
    }
    const wide = cases.surface.filter((one) => one.name === "gaussian" && one.sigma === 4);
    expect(wide.map(({ kernel }) => kernel.length)).toEqual([usualSize(4)]);
  });

  it("pooling windows", () => {
    for (const one of cases.pooling) {
      const x = pooling.drawn(one.side, one.seed);
      expect(x).toEqual(one.input.flat());
      const lab = { ...one, x };
      const own = pooling.windows(lab);
      near(
        own.map(({ result }) => result),
        one.output.flat(),
      );
      one.windows.forEach(({ values, winner }, n) => {
        expect(own[n]?.values).toEqual(values);
        expect(own[n]?.winner).toBe(winner && winner[0] * one.side + winner[1]);
      });
      near(pooling.gradient(lab), one.gradient.flat());
    }
  });

  it("a shift", () => {
    for (const one of cases.shift) {
      const own = shift.shiftedRows(one.shift, one.size);
      near(own.before, one.detectors);
      near(own.after, one.shifted);
      near(own.pooledBefore, one.pooled);
      near(own.pooledAfter, one.pooled_shifted);
      const shares = [
        shift.shareOf(shift.changes(own.before, own.after)),
        shift.shareOf(shift.changes(own.pooledBefore, own.pooledAfter)),
      ];
      near(shares, [one.changed, one.pooled_changed]);
      near(
        [
          shift.difference(own.before, own.after),
          shift.difference(own.pooledBefore, own.pooledAfter),
        ],
        [one.difference, one.pooled_difference],
      );
    }
  });

  it("parameters of an MLP and of a convolution", () => {
    for (const one of cases.mlp) {
      expect(inputsOf(one)).toBe(one.inputs);
      const own = [fullyConnected(one), convolutional(one)].map(
        ({ weights, biases, parameters, bytes, uses }) => [
          weights,
          biases,
          parameters,
          bytes,
          uses,
        ],
      );
      expect(own).toEqual(
        one.layers.map((layer) => [
          layer.weights,
          layer.biases,
          layer.parameters,
          layer.size_bytes,
          layer.uses,
        ]),
      );
    }
  });

  it("concatenations", () => {
    for (const { inputs, output } of cases.concat) {
      const sizes = inputs.map(({ size: [height, width, channels] }) => ({
        height,
        width,
        channels,
      }));
      const own = depthConcat(sizes, "pad");
      expect(own.placed).toEqual(inputs.map((one, n) => ({ ...one, size: sizes[n] })));
      expect(Object.values(own.output)).toEqual(output);
    }
  });

  it("objects of several sizes", () => {
    for (const { object, kernel, response } of cases.objects.responses)
      near([largestResponse(object, kernel)], [response]);
    near(responseMap(7, 3), cases.objects.map);
  });

  it("pixels", () => {
    for (const { height, width, top, left, matrices, setting } of cases.pixels) {
      const data = Uint8Array.from(setting.data);
      const image = { height, width, channels: 3, data } as const;
      const region = regionAt(image, setting.size, setting.x, setting.y);
      expect([region.top, region.left]).toEqual([top, left]);
      CHANNELS.forEach((name, c) =>
        expect(matrix(image, region, c)).toEqual(matrices[name]?.flat()),
      );
    }
  });
});

describe("what does not fit is refused in words", () => {
  it.each([
    [
      "sides that differ",
      () => depthConcat([sized(14, 2), sized(16, 3)], "equal"),
      "concat.differ",
    ],
    ["much padding", () => pooling.windows(pool({ padding: 2 })), "pool.refused"],
  ] as const)("%s", (_, run, key) => {
    let thrown: unknown = null;
    try {
      run();
    } catch (error) {
      thrown = error;
    }
    expect(failureOf(thrown).key).toBe(`basics.${key}`);
  });

  it("a window larger than the input is refused", () => {
    expect(() => pooling.windows(pool({ size: 5 }))).toThrow("labs.window");
  });
});

const sized = (side: number, channels: number) => ({ height: side, width: side, channels });
const pool = (changes: Partial<pooling.Pooling>): pooling.Pooling => ({
  side: pooling.EXAMPLE_SIDE,
  x: pooling.EXAMPLE,
  kind: "max",
  size: 2,
  stride: 2,
  padding: 0,
  ...changes,
});

describe("numbers of the course", () => {
  it("pooling of the usual example is 6 8 / 3 4", () => {
    expect(pooling.windows(pool({})).map(({ result }) => result)).toEqual([6, 8, 3, 4]);
  });

  it("a shift of 1 changes all detectors and half of the maxima", () => {
    const { before, after, pooledBefore, pooledAfter } = shift.shiftedRows(1, 3);
    expect(after).toEqual([0.3, 0.1, 1, 0.2]);
    expect(shift.shareOf(shift.changes(before, after))).toBe(1);
    expect(shift.shareOf(shift.changes(pooledBefore, pooledAfter))).toBe(0.5);
  });

  it("14 x 14 x 2 and 16 x 16 x 3 become 16 x 16 x 5 with zeros", () => {
    const { output, placed } = depthConcat([sized(14, 2), sized(16, 3)], "pad");
    expect(output).toEqual(sized(16, 5));
    expect(placed[0]).toMatchObject({ top: 1, left: 1, bottom: 1, right: 1, zeros: 120 });
  });

  it("100 units on a photo of 1920 x 1080 have 622,080,100 parameters", () => {
    const photo = { width: 1920, height: 1080, channels: 3, hidden: 100, kernel: 3, kernels: 100 };
    expect(fullyConnected(photo).parameters).toBe(622_080_100);
    expect(convolutional(photo).parameters).toBe(2_800);
  });

  it("descent diverges above a learning rate of 2", () => {
    expect([0.1, 0.5, 1, 1.8, 2, 2.1].map(descent.verdictOf)).toEqual([
      "slow",
      "direct",
      "direct",
      "oscillating",
      "circling",
      "diverging",
    ]);
  });
});

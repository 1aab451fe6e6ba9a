/** Convolutions compared with PyTorch. `e2e/test_filters_contract.py` writes the cases. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  convolution,
  inputGradient,
  kernelGradient,
  matrix,
  output,
  productsOf,
  type Numbers,
  type Operands,
  type Settings,
} from "$/labs/convolution";
import { unread } from "$/labs/sizes";
import { failureOf } from "$/lang/failure";

interface Case {
  readonly operands: Operands;
  readonly settings: Settings;
  readonly output: Numbers;
  readonly inputGradient: Numbers;
  readonly kernelGradient: Numbers;
  readonly unread: { readonly atEnd: number; readonly between: number } | null;
}

const folder = process.env["FILTER_CASES"];
const cases: readonly Case[] = folder
  ? (JSON.parse(readFileSync(join(folder, "convolutions.json"), "utf8")) as readonly Case[])
  : [];

function near(own: Numbers, other: Numbers): void {
  expect(own.shape).toEqual(other.shape);
  own.data.forEach((value, place) => expect(value).toBeCloseTo(other.data[place] ?? NaN, 9));
}

describe.skipIf(!folder)("convolutions", () => {
  it.each(cases.map((one, n) => [n, one] as const))("%d", (_, one) => {
    const lab = convolution(one.operands, one.settings);
    near(output(lab), one.output);
    near(inputGradient(lab), one.inputGradient);
    near(kernelGradient(lab), one.kernelGradient);
    const { x, w, b } = one.operands;
    const cells = matrix(lab);
    const area = (one.output.shape[1] ?? 1) * (one.output.shape[2] ?? 1);
    one.output.data.forEach((value, y) => {
      const bias = b[Math.floor(y / area)] ?? 0;
      const products = productsOf(lab, y).reduce(
        (sum, p) => sum + (p.x < 0 ? 0 : (x.data[p.x] ?? 0) * (w.data[p.w] ?? 0)),
        bias,
      );
      expect(products).toBeCloseTo(value, 9);
      let row = bias;
      for (let k = 0; k < x.data.length; k++) {
        const weight = cells[y * x.data.length + k] ?? -1;
        if (weight >= 0) row += (w.data[weight] ?? 0) * (x.data[k] ?? 0);
      }
      expect(row).toBeCloseTo(value, 9);
    });
    if (one.unread) {
      const { stride, padding, dilation } = one.settings;
      const window = {
        kernel: w.shape[2] ?? 1,
        stride: stride[0],
        padding: padding[0],
        dilation: dilation[0],
      };
      expect(unread(x.shape[1] ?? 1, window)).toMatchObject(one.unread);
    }
  });
});

const numbers = (shape: readonly number[]): Numbers => ({
  shape,
  data: new Array<number>(shape.reduce((product, side) => product * side, 1)).fill(1),
});
const plain: Settings = {
  stride: [1, 1],
  padding: [0, 0],
  dilation: [1, 1],
  groups: 1,
  transposed: false,
  outputPadding: [0, 0],
  rotated: false,
};

describe("a convolution that does not fit", () => {
  it.each([
    ["labs.window", numbers([1, 2, 2]), numbers([1, 1, 3, 3]), plain],
    ["labs.channels", numbers([2, 3, 3]), numbers([1, 1, 3, 3]), plain],
    ["labs.groups", numbers([3, 3, 3]), numbers([1, 1, 3, 3]), { ...plain, groups: 2 }],
    ["labs.tooMany", numbers([4, 40, 40]), numbers([1, 4, 9, 9]), plain],
    [
      "labs.outputPadding",
      numbers([1, 3, 3]),
      numbers([1, 1, 3, 3]),
      { ...plain, transposed: true, outputPadding: [1, 1] as const },
    ],
  ])("is refused: %s", (key, x, w, settings) => {
    const outputs = settings.transposed ? (w.shape[1] ?? 1) * settings.groups : (w.shape[0] ?? 1);
    const b = new Array<number>(outputs).fill(0);
    try {
      convolution({ x, w, b }, settings);
    } catch (error) {
      expect(failureOf(error).key).toBe(key);
      return;
    }
    expect.unreachable();
  });
});

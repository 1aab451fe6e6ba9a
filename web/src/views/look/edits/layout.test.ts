import { describe, expect, test } from "vitest";
import type { Step, Tensor } from "$/model/types";
import { panelsOf, type Chosen } from "$/views/look/edits/layout";

function step(type: string, shape: readonly number[], settings = {}): Step {
  return { path: "x", type, role: "convolution", shape, settings, parameters: {} } as Step & object;
}

const tensor = (...shape: number[]): Tensor => ({ shape, data: new Float32Array(0) });
const chosen = (channel: number, more: Partial<Chosen> = {}): Chosen => ({
  ...{ channel, position: 0, flattened: null },
  ...more,
});

describe("places of a channel's numbers", () => {
  test("a convolution has a panel for each input channel", () => {
    const panels = panelsOf(step("Conv2d", [16, 10, 10]), tensor(16, 6, 5, 5), chosen(3));
    expect(panels?.count).toBe(6);
    const { places, columns, input } = panels?.at(2) ?? {};
    expect([places?.[0], places?.length, columns, input]).toEqual([(3 * 6 + 2) * 25, 25, 5, 2]);
  });

  test("a bias is one number", () => {
    const panels = panelsOf(step("Conv2d", [16, 10, 10]), tensor(16), chosen(3));
    expect(panels?.at(0)).toEqual({ input: null, places: [3], columns: 1 });
    const shared = panelsOf(step("PReLU", [16, 10, 10]), tensor(1), chosen(3));
    expect(shared?.at(0).places).toEqual([0]);
  });

  test("weights of a flattened input are panels of its maps", () => {
    const linear = step("Linear", [120]);
    const panels = panelsOf(linear, tensor(120, 400), chosen(7, { flattened: [16, 5, 5] }));
    expect(panels?.count).toBe(16);
    expect(panels?.at(15).places.at(-1)).toBe(7 * 400 + 399);
  });

  test("other weights are cut into parts", () => {
    const panels = panelsOf(step("Linear", [10]), tensor(10, 250), chosen(1));
    expect([panels?.count, panels?.isChunk]).toEqual([3, true]);
    expect(panels?.at(2)).toMatchObject({ input: 200, columns: 10 });
    expect(panels?.at(2).places.length).toBe(50);
    expect(panelsOf(step("Linear", [10]), tensor(10, 84), chosen(1))?.count).toBe(1);
  });

  test("kernels of a transposed convolution lie apart", () => {
    const panels = panelsOf(step("ConvTranspose2d", [4, 8, 8]), tensor(3, 4, 2, 2), chosen(1));
    expect(panels?.count).toBe(3);
    expect(panels?.at(2).places).toEqual([36, 37, 38, 39]);
    const grouped = step("ConvTranspose2d", [4, 8, 8], { groups: 2 });
    // channel 3 is the second of group 1, which reads inputs 2 and 3
    const of = panelsOf(grouped, tensor(4, 2, 1, 1), chosen(3));
    expect([of?.count, of?.at(0).input, of?.at(0).places]).toEqual([2, 2, [5]]);
  });

  test("a connection table has a panel for each link", () => {
    const partial = step("PartialConv2d", [2, 4, 4], { table: [[0, 1], [2]] });
    expect(panelsOf(partial, tensor(3, 2, 2), chosen(1))?.at(0).places).toEqual([8, 9, 10, 11]);
  });

  test("unshared weights are those of the position", () => {
    const local = step("LocallyConnected2d", [2, 2, 2]);
    const panels = panelsOf(local, tensor(4, 2, 9), chosen(1, { position: 3 }));
    expect(panels?.at(0).places[0]).toBe((3 * 2 + 1) * 9);
    expect(panelsOf(local, tensor(2, 2, 2), chosen(1, { position: 3 }))?.at(0).places).toEqual([7]);
  });

  test("numbers that belong to no channel are left out", () => {
    expect(panelsOf(step("Linear", [10]), tensor(3, 4), chosen(0))).toBeNull();
    expect(panelsOf(step("BatchNorm2d", [8, 2, 2]), tensor(), chosen(0))).toBeNull();
  });
});

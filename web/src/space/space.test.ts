import { describe, expect, test } from "vitest";
import type { Step, Tensor } from "$/model/types";
import { arranged, MOST_UNITS, type Place } from "$/space/places";
import { hiddenPaths, numUnits, sheetsOf } from "$/space/shown";
import { slicesOf, strongest } from "$/space/slices";
import { linksBack, linksInto, neededBy, sourcesOf, type Network } from "$/space/sources";
import { captionOf, stopsOf } from "$/space/walk";

const FIELD = {
  rows: { size: 1, stride: 1, start: 0 },
  cols: { size: 1, stride: 1, start: 0 },
};

function step(
  path: string,
  type: string,
  role: Step["role"],
  inputs: readonly string[],
  shape: readonly number[],
  settings: Step["settings"] = {},
): Step {
  const parameters: Record<string, string> =
    role === "convolution" || role === "linear" ? { weight: `${path}.weight` } : {};
  return {
    path,
    type,
    role,
    label: `${type} of ${path}`,
    inputs,
    settings,
    shape,
    parameters,
    macs: 0,
    num_parameters: 0,
    field: FIELD,
  };
}

const KERNEL = {
  out_channels: 2,
  kernel_size: 3,
  stride: 1,
  padding: 1,
  dilation: 1,
  groups: 1,
  bias: false,
  padding_mode: "zeros",
};

const STEPS: readonly Step[] = [
  step("conv", "Conv2d", "convolution", [""], [2, 4, 4], KERNEL),
  step("relu", "ReLU", "activation", ["conv"], [2, 4, 4]),
  step("add", "Residual", "join", ["relu", ""], [2, 4, 4]),
  step("pool", "GlobalAvgPool2d", "pooling", ["add"], [2, 1, 1]),
  step("flatten", "Flatten", "shape", ["pool"], [2]),
  step("fc", "Linear", "linear", ["flatten"], [3], { out_features: 3, bias: false }),
];

function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

function filled(shape: readonly number[], next: () => number): Tensor {
  const count = shape.reduce((product, n) => product * n, 1);
  return { shape, data: Float32Array.from({ length: count }, next) };
}

/** The network above, computed by hand in float64. */
function example(): Network & { readonly kernel: Tensor; readonly image: Tensor } {
  const next = random(7);
  const image = filled([2, 4, 4], next);
  const kernel = filled([2, 2, 3, 3], next);
  const matrix = filled([3, 2], next);
  const conv = new Float32Array(32);
  for (let o = 0; o < 2; o++)
    for (let y = 0; y < 4; y++)
      for (let x = 0; x < 4; x++) {
        let sum = 0;
        for (let c = 0; c < 2; c++)
          for (let i = 0; i < 3; i++)
            for (let j = 0; j < 3; j++) {
              const [row, col] = [y + i - 1, x + j - 1];
              if (row < 0 || col < 0 || row > 3 || col > 3) continue;
              sum +=
                (image.data[c * 16 + row * 4 + col] ?? 0) *
                (kernel.data[((o * 2 + c) * 3 + i) * 3 + j] ?? 0);
            }
        conv[o * 16 + y * 4 + x] = sum;
      }
  const relu = conv.map((value) => Math.max(0, value));
  const add = relu.map((value, i) => value + (image.data[i] ?? 0));
  const pool = Float32Array.from([0, 1], (c) =>
    add.subarray(16 * c, 16 * c + 16).reduce((sum, value) => sum + value / 16, 0),
  );
  const fc = Float32Array.from(
    [0, 1, 2],
    (o) =>
      (matrix.data[2 * o] ?? 0) * (pool[0] ?? 0) + (matrix.data[2 * o + 1] ?? 0) * (pool[1] ?? 0),
  );
  const weights = new Map([
    ["conv", kernel],
    ["fc", matrix],
  ]);
  return {
    image,
    kernel,
    steps: new Map(STEPS.map((one) => [one.path, one])),
    hidden: hiddenPaths(STEPS),
    tensors: new Map<string, Tensor>([
      ["", image],
      ["conv", { shape: [2, 4, 4], data: conv }],
      ["relu", { shape: [2, 4, 4], data: relu }],
      ["add", { shape: [2, 4, 4], data: add }],
      ["pool", { shape: [2, 1, 1], data: pool }],
      ["flatten", { shape: [2], data: pool }],
      ["fc", { shape: [3], data: fc }],
    ]),
    readWeights: ({ path }) => {
      const weight = weights.get(path);
      return new Map(weight ? [["weight", weight]] : []);
    },
  };
}

describe("the layers that are shown", () => {
  const sheets = sheetsOf(STEPS, [2, 4, 4]);

  test("stand for what they complete, and are named in order", () => {
    expect(sheets.map(({ path }) => path)).toEqual(["", "relu", "add", "pool", "fc"]);
    expect(sheets[1]).toMatchObject({ name: "conv", role: "convolution", label: "Conv2d of conv" });
  });

  test("know from which of the others they are computed, and how far the image is", () => {
    expect(sheets.map(({ inputs }) => inputs)).toEqual([[], [""], ["relu", ""], ["add"], ["pool"]]);
    expect(sheets.map(({ level }) => level)).toEqual([0, 1, 2, 3, 4]);
  });

  test("have all units that are counted", () => {
    expect(numUnits(sheets)).toBe(32 + 32 + 32 + 2 + 3);
  });
});

function chain(length: number, shape: readonly number[]): readonly Step[] {
  return Array.from({ length }, (_, i) =>
    step(`c${i}`, "Conv2d", "convolution", [i ? `c${i - 1}` : ""], shape, KERNEL),
  );
}

const overlap = (one: Place, two: Place): boolean =>
  [0, 1, 2].every((axis) => {
    const apart = Math.abs((one.centre[axis] ?? 0) - (two.centre[axis] ?? 0));
    return apart < ((one.size[axis] ?? 0) + (two.size[axis] ?? 0)) / 2 - 1e-6;
  });

describe.each([
  ["units", sheetsOf(chain(4, [6, 12, 12]), [1, 12, 12])],
  ["boxes", sheetsOf(chain(70, [64, 28, 28]), [3, 28, 28])],
  ["branches", sheetsOf(STEPS, [2, 4, 4])],
] as const)("places of %s", (name, sheets) => {
  const arrangement = arranged(sheets, numUnits(sheets));

  test("small networks show every unit", () => {
    expect(arrangement.kind).toBe(name === "boxes" ? "boxes" : "units");
    expect(numUnits(sheets) <= MOST_UNITS).toBe(name !== "boxes");
  });

  test("do not overlap", () => {
    const { places } = arrangement;
    const pairs = places.flatMap((one, i) => places.slice(i + 1).map((two) => [one, two] as const));
    expect(pairs.filter(([one, two]) => overlap(one, two))).toEqual([]);
  });

  test("every unit has a place of its own, inside its sheet", () => {
    for (const place of arrangement.places) {
      const { channels, height, width } = place.maps;
      const count = Math.min(channels * height * width, 4000);
      const at = Array.from({ length: count }, (_, index) => place.at(index));
      expect(new Set(at.map((point) => point.map((x) => x.toFixed(6)).join())).size).toBe(count);
      const outside = at.filter((point) =>
        ([0, 1, 2] as const).some(
          (axis) => Math.abs(point[axis] - place.centre[axis]) > place.size[axis] / 2 + 1e-6,
        ),
      );
      expect(outside).toEqual([]);
    }
  });

  test("are about as wide as a screen at most", () => {
    const [width, height] = [0, 1].map(
      (axis) => (arrangement.high[axis] ?? 0) - (arrangement.low[axis] ?? 0),
    );
    expect((width ?? 0) / (height ?? 1)).toBeLessThan(12);
  });
});

describe("what a unit is computed from", () => {
  const network = example();

  test("adds up to the convolution before the activation", () => {
    for (let index = 0; index < 32; index++) {
      const sources = sourcesOf(network, "relu", index) ?? [];
      const sum = sources.reduce((total, { amount }) => total + amount, 0);
      expect(sources.every(({ path }) => path === "")).toBe(true);
      expect(sum).toBeCloseTo(network.tensors.get("conv")?.data[index] ?? NaN, 5);
    }
  });

  test("goes through a layer that only moves numbers", () => {
    const sources = sourcesOf(network, "fc", 1) ?? [];
    expect(sources.map(({ path, index }) => [path, index])).toEqual([
      ["pool", 0],
      ["pool", 1],
    ]);
    const sum = sources.reduce((total, { amount }) => total + amount, 0);
    expect(sum).toBeCloseTo(network.tensors.get("fc")?.data[1] ?? NaN, 5);
  });

  test("the strongest come first, and no more than are shown", () => {
    const links = linksInto(network, "pool", 0, 5) ?? [];
    expect(links).toHaveLength(5);
    expect(links[0]?.share).toBe(1);
    const sizes = links.map(({ amount }) => Math.abs(amount));
    expect(sizes).toEqual([...sizes].sort((one, two) => two - one));
    const all = Array.from(network.tensors.get("add")?.data.subarray(0, 16) ?? [], Math.abs);
    expect(sizes[0]).toBeCloseTo(Math.max(...all) / 16, 6);
  });

  test("is null while an activation is missing", () => {
    const tensors = new Map([...network.tensors].filter(([path]) => path !== "add"));
    expect(linksInto({ ...network, tensors }, "pool", 0, 5)).toBeNull();
    expect(linksBack({ ...network, tensors }, "fc", 0)).toBeNull();
    expect([...neededBy("fc", network.steps, network.hidden)].sort()).toEqual([
      "fc",
      "flatten",
      "pool",
    ]);
  });

  test("is followed back to the image through every layer", () => {
    const links = linksBack(network, "fc", 2) ?? [];
    const ends = new Set(links.map(({ from, to }) => `${from.path}>${to.path}`));
    expect(ends).toEqual(new Set(["pool>fc", "add>pool", "relu>add", ">add", ">relu"]));
    for (const path of ["fc", "pool", "add", "relu"])
      expect(Math.max(...links.filter(({ to }) => to.path === path).map((one) => one.share))).toBe(
        1,
      );
    // every line but those into the chosen unit starts where another one ends
    const starts = new Set(links.map(({ from }) => `${from.path}:${from.index}`));
    const inner = links.filter(({ to }) => to.path !== "fc");
    expect(inner.every(({ to }) => starts.has(`${to.path}:${to.index}`))).toBe(true);
  });
});

describe("slices of a box", () => {
  const tensor: Tensor = {
    shape: [3, 2, 4],
    data: Float32Array.from({ length: 24 }, (_, i) => i - 5),
  };

  test("have the sizes of the sides", () => {
    const { front, side, top } = slicesOf(tensor, 2, false);
    expect([front.width, front.height]).toEqual([4, 2]);
    expect([side.width, side.height]).toEqual([3, 2]);
    expect([top.width, top.height]).toEqual([3, 4]);
  });

  test("agree where they meet: the middle column of the front is a column of the side", () => {
    const { front, side } = slicesOf(tensor, 2, false);
    const at = (bytes: Uint8Array, width: number, x: number, y: number): number[] => [
      ...bytes.subarray(4 * (y * width + x), 4 * (y * width + x) + 4),
    ];
    for (const y of [0, 1]) expect(at(front.bytes, 4, 2, y)).toEqual(at(side.bytes, 3, 2, y));
  });

  test("the map in front is the one with the largest activations", () => {
    expect(strongest(tensor)).toBe(2);
    expect(strongest({ shape: [2, 1, 1], data: Float32Array.of(-3, 1) })).toBe(0);
  });
});

describe("the guided walk", () => {
  test("of a long network has few stops, the first and the last among them", () => {
    const steps = Array.from({ length: 200 }, (_, i) => {
      const side = 256 >> Math.floor(i / 40);
      return step(`c${i}`, "Conv2d", "convolution", [i ? `c${i - 1}` : ""], [8, side, side]);
    });
    const sheets = sheetsOf(steps, [3, 256, 256]);
    const stops = stopsOf(sheets);
    expect(stops.length).toBeLessThanOrEqual(16);
    expect([stops[0]?.path, stops.at(-1)?.path]).toEqual(["", "c199"]);
    expect(new Set(stops).size).toBe(stops.length);
  });

  test("says the numbers of each stop", () => {
    const sheets = sheetsOf(STEPS, [2, 4, 4]);
    const captions = sheets.map((sheet) => captionOf(sheet, sheets, 3));
    expect(captions[1]).toContain("2 × 4 × 4");
    expect(captions.at(-1)).toContain("3 classes");
    expect(captions.join()).not.toContain("{");
  });
});

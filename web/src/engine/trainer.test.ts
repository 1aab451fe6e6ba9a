import { describe, expect, it } from "vitest";
import { createTrainer, problemOf, supports } from "$/engine";
import type { Architecture, Block, Trainer } from "$/engine/types";
import type { Tensor } from "$/model/types";

/** Every kind of flow: branches, residuals, gates, groups, overlapping pools. */
const FIXED: Architecture = {
  name: "fixed",
  input: [2, 7, 6],
  num_classes: 3,
  block: {
    type: "Chain",
    blocks: {
      conv: { type: "Conv2d", out_channels: 6, kernel_size: 3, padding: 1, bias: false },
      norm: { type: "BatchNorm2d" },
      act: { type: "SiLU" },
      mixed: {
        type: "Concat",
        blocks: {
          a: { type: "Conv2d", out_channels: 3, kernel_size: 1 },
          b: {
            type: "Chain",
            blocks: {
              conv: { type: "Conv2d", out_channels: 5, kernel_size: 3, padding: 1 },
              act: { type: "Tanh" },
            },
          },
        },
      },
      block: {
        type: "Residual",
        body: { type: "Conv2d", out_channels: 8, kernel_size: 3, padding: 1, groups: 4 },
      },
      lrn: { type: "LocalResponseNorm", size: 3, alpha: 0.5 },
      gate: {
        type: "Gate",
        body: { type: "Identity" },
        gate: {
          type: "Chain",
          blocks: {
            pool: { type: "GlobalAvgPool2d" },
            conv: { type: "Conv2d", out_channels: 8, kernel_size: 1 },
            act: { type: "Sigmoid" },
          },
        },
      },
      pool: { type: "MaxPool2d", kernel_size: 3, stride: 2, padding: 1, ceil_mode: true },
      flatten: { type: "Flatten" },
      fc: { type: "Linear", out_features: 3 },
    },
  },
};

/** Computed by PyTorch in float64 of the same weights and images. */
const PYTORCH = {
  loss: 1.14070380877405,
  norms: {
    "conv.weight": 0.1979958,
    "norm.weight": 0.0225437,
    "norm.bias": 0.0277673,
    "mixed.a.weight": 0.1713396,
    "mixed.a.bias": 0.0677436,
    "mixed.b.conv.weight": 0.1802809,
    "mixed.b.conv.bias": 0.0612775,
    "block.body.weight": 0.5059947,
    "block.body.bias": 0.1372636,
    "gate.gate.conv.weight": 0.0264938,
    "gate.gate.conv.bias": 0.0976718,
    "fc.weight": 0.6130037,
    "fc.bias": 0.248505,
  },
};

const IMAGES = Float32Array.from({ length: 5 * 84 }, (_, i) => Math.cos(i * 1.3));
const LABELS = [0, 1, 2, 1, 0];
const STILL = { batchSize: 5, learningRate: 0 };

/** Weights that both sides compute: sines, by the number of the parameter. */
function fixedWeights(trainer: Trainer): Map<string, Tensor> {
  const weights = trainer.weights();
  trainer.layers
    .flatMap(({ parameters }) => parameters)
    .forEach((name, k) => {
      const one = name === "norm.weight" ? 1 : 0;
      weights
        .get(name)
        ?.data.forEach((_, i, data) => (data[i] = Math.sin(i * 0.7 + k + 1) / 2 + one));
    });
  return weights;
}

const norm = (data: Float32Array | undefined): number =>
  Math.sqrt((data ?? new Float32Array([NaN])).reduce((sum, x) => sum + x * x, 0));

const chain = (
  blocks: Record<string, Block>,
  input: Architecture["input"] = [1, 4, 4],
): Architecture => ({
  ...{ name: "chain", input, num_classes: 2 },
  block: {
    type: "Chain",
    blocks: { ...blocks, flatten: { type: "Flatten" }, fc: { type: "Linear", out_features: 2 } },
  },
});

describe("a training step", () => {
  it("has the loss and the gradients of PyTorch", async () => {
    const trainer = await createTrainer(FIXED, STILL);
    trainer.load(fixedWeights(trainer));
    expect(trainer.step(IMAGES, LABELS).loss).toBeCloseTo(PYTORCH.loss, 5);
    const gradients = trainer.gradients();
    expect([...gradients.keys()]).toEqual(Object.keys(PYTORCH.norms));
    for (const [name, expected] of Object.entries(PYTORCH.norms)) {
      const error = Math.abs(norm(gradients.get(name)?.data) - expected);
      expect(error / expected, name).toBeLessThan(2e-4);
    }
  });

  it("has gradients that agree with differences of the loss", async () => {
    // a maximum has a kink where two numbers are equal, and differences step over it
    const pool = { type: "AvgPool2d", kernel_size: 3, stride: 2, padding: 1, ceil_mode: true };
    const blocks = { ...(FIXED.block["blocks"] as Record<string, Block>), pool };
    const smooth = { ...FIXED, block: { type: "Chain", blocks } };
    const trainer = await createTrainer(smooth, STILL);
    const start = fixedWeights(trainer);
    trainer.load(start);
    trainer.step(IMAGES, LABELS);
    const gradients = trainer.gradients();
    for (const [name, { data: gradient }] of gradients) {
      const length = norm(gradient);
      const at = (distance: number): number => {
        const moved = new Map(start);
        const { shape, data } = start.get(name) ?? { shape: [], data: gradient };
        moved.set(name, {
          shape,
          data: data.map((w, i) => w + (distance * (gradient[i] ?? 0)) / length),
        });
        trainer.load(moved);
        return trainer.step(IMAGES, LABELS).loss;
      };
      const slope = (at(0.01) - at(-0.01)) / 0.02;
      expect(Math.abs(slope - length) / length, name).toBeLessThan(0.02);
    }
  });

  it("does not depend on the rest of an incomplete batch", async () => {
    const [whole, part] = [
      await createTrainer(FIXED, STILL),
      await createTrainer(FIXED, { ...STILL, batchSize: 24 }),
    ];
    for (const trainer of [whole, part]) trainer.load(fixedWeights(trainer));
    const noise = Float32Array.from({ length: 24 * 84 }, (_, i) => Math.sin(i));
    part.step(
      noise,
      Array.from({ length: 24 }, (_, i) => i % 3),
    );
    part.load(fixedWeights(part));
    expect(part.step(IMAGES, LABELS).loss).toBeCloseTo(whole.step(IMAGES, LABELS).loss, 6);
    for (const [name, { data }] of whole.gradients())
      expect(norm(part.gradients().get(name)?.data) / norm(data), name).toBeCloseTo(1, 5);
  });

  it("is the same for the same seed, and another for another", async () => {
    const run = async (seed: number): Promise<number> => {
      const drop = {
        conv: { type: "Conv2d", out_channels: 3, kernel_size: 3 },
        drop: { type: "Dropout", p: 0.5 },
      };
      const trainer = await createTrainer(chain(drop), { seed, batchSize: 4 });
      const images = Float32Array.from({ length: 64 }, (_, i) => Math.sin(i));
      for (let i = 0; i < 3; i++) trainer.step(images, [0, 1, 0, 1]);
      return trainer.step(images, [0, 1, 0, 1]).loss;
    };
    expect(await run(3)).toBe(await run(3));
    expect(await run(3)).not.toBe(await run(4));
  });

  it("keeps its memory over 10,000 steps and after other batch sizes", async () => {
    const trainer = await createTrainer(
      chain({ conv: { type: "Conv2d", out_channels: 4, kernel_size: 3 } }),
      { batchSize: 8 },
    );
    const images = new Float32Array(8 * 16).fill(0.5);
    trainer.step(
      images,
      LABELS.concat([0, 1, 0]).map((label) => label % 2),
    );
    const before = trainer.bytes;
    for (let i = 0; i < 10_000; i++) trainer.step(images, [0, 1, 0, 1, 0, 1, 0, 1]);
    for (let size = 1; size < 9; size++) trainer.set({ batchSize: size });
    expect(trainer.bytes).toBe(before);
  });
});

describe("dropout", () => {
  it("zeros a share of p, scales the rest, and does nothing in evaluation", async () => {
    const input = [64, 8, 8] as const;
    const drop = { before: { type: "LayerScale", init: 1 }, drop: { type: "Dropout", p: 0.3 } };
    const trainer = await createTrainer(chain(drop, input), { batchSize: 4 });
    const images = new Float32Array(4 * 4096).fill(1);
    trainer.step(images, [0, 1, 0, 1], true);
    const [, layer] = trainer.statistics(2);
    expect(layer?.path).toBe("drop");
    const [zeros = 0, kept = 0] = layer?.activations.counts ?? [];
    expect(zeros / (zeros + kept)).toBeCloseTo(0.3, 1);
    expect(layer?.activations.high).toBeCloseTo(1 / 0.7, 5);
    const still = trainer.activations(images.subarray(0, 4096));
    expect(still.get("drop")?.data).toEqual(still.get("before")?.data);
  });
});

describe("settings", () => {
  it("may change while it runs; another optimiser starts with empty state", async () => {
    const trainer = await createTrainer(FIXED, { batchSize: 5, learningRate: 0.01 });
    for (let i = 0; i < 3; i++) trainer.step(IMAGES, LABELS);
    trainer.set({
      optimiser: { type: "Adam", betas: [0.9, 0.999], eps: 1e-8, weight_decay: 0 },
      learningRate: 1e-3,
    });
    const before = trainer.weights();
    trainer.step(IMAGES, LABELS);
    // the first step of Adam has the size of the learning rate
    const after = trainer.weights().get("fc.bias")?.data ?? new Float32Array();
    before
      .get("fc.bias")
      ?.data.forEach((w, i) => expect(Math.abs((after[i] ?? 0) - w)).toBeCloseTo(1e-3, 5));
  });

  it("names a number that cannot be used", async () => {
    const trainer = await createTrainer(FIXED);
    expect(() => trainer.set({ learningRate: -1 })).toThrow(/learningRate/);
    expect(() => trainer.set({ batchSize: 0 })).toThrow(/batchSize/);
  });
});

describe("statistics", () => {
  it("are those of the last batch", async () => {
    const relu = {
      conv: { type: "Conv2d", out_channels: 2, kernel_size: 1 },
      relu: { type: "ReLU" },
    };
    const trainer = await createTrainer(chain(relu), { batchSize: 4, learningRate: 0.1 });
    const weights = trainer.weights();
    weights.get("conv.weight")?.data.set([1, -1]);
    weights.get("conv.bias")?.data.set([0, 0]);
    trainer.load(weights);
    trainer.step(new Float32Array(64).fill(2), [0, 1, 0, 1], true);
    const [conv, layer] = trainer.statistics(4);
    expect(conv).toMatchObject({ path: "conv", mean: 0, std: 2, dead: 0 });
    // the second channel is -2 before the ReLU: half of the units are 0 for every image
    expect(layer).toMatchObject({ path: "relu", mean: 1, std: 1, dead: 0.5 });
    expect(layer?.activations).toEqual({ low: 0, high: 2, counts: [64, 0, 0, 64] });
    const weight = conv?.parameters.find(({ name }) => name === "conv.weight");
    expect(weight?.gradientNorm).toBeCloseTo(norm(trainer.gradients().get("conv.weight")?.data), 5);
    expect(weight?.updateRatio).toBeGreaterThan(0);
    expect(conv?.gradientRms).toBeGreaterThan(0);
  });

  it("need a detailed step", async () => {
    const trainer = await createTrainer(FIXED, STILL);
    trainer.step(IMAGES, LABELS);
    expect(() => trainer.statistics()).toThrow(/noStatistics/);
  });
});

describe("weights", () => {
  it("go out and in; shapes, names and finite numbers are checked and nothing changes on failure", async () => {
    const trainer = await createTrainer(FIXED, STILL);
    const weights = trainer.weights();
    expect(weights.get("norm.num_batches_tracked")?.shape).toEqual([]);
    const broken = (change: (map: Map<string, Tensor>) => void): unknown => {
      const copy = new Map(weights);
      change(copy);
      try {
        trainer.load(copy);
      } catch (error) {
        return problemOf(error)?.key;
      }
      return null;
    };
    const bias = (data: Float32Array): Tensor => ({ shape: [data.length], data });
    expect(broken((map) => map.delete("fc.bias"))).toBe("engine.missingTensor");
    expect(broken((map) => map.set("fc.bias", bias(new Float32Array(4))))).toBe(
      "engine.tensorShape",
    );
    expect(broken((map) => map.set("fc.bias", bias(Float32Array.of(0, NaN, 0))))).toBe(
      "engine.notFinite",
    );
    expect(broken((map) => map.set("other", bias(new Float32Array(3))))).toBe(
      "engine.unexpectedTensor",
    );
    expect(trainer.weights()).toEqual(weights);
  });
});

describe("initial values", () => {
  const wide = chain({ conv: { type: "Conv2d", out_channels: 64, kernel_size: 3 } }, [16, 8, 8]);
  const bound = 1 / Math.sqrt(144);
  it.each([
    ["torch", bound, bound / Math.sqrt(3)],
    ["he", Infinity, Math.sqrt(2 / 144)],
    ["xavier", Math.sqrt(6 / (144 + 576)), Math.sqrt(2 / (144 + 576))],
    ["lecun", 2.4 / 144, 2.4 / 144 / Math.sqrt(3)],
  ] as const)("of %s have its bound and deviation", async (init, most, deviation) => {
    const trainer = await createTrainer(wide, { init, seed: 1 });
    const data = trainer.weights().get("conv.weight")?.data ?? new Float32Array();
    const high = data.reduce((m, x) => Math.max(m, Math.abs(x)), 0);
    expect(high).toBeLessThanOrEqual(most);
    expect(norm(data) / Math.sqrt(data.length) / deviation).toBeCloseTo(1, 1);
    const bias = trainer.weights().get("conv.bias")?.data ?? new Float32Array();
    expect(bias.reduce((m, x) => Math.max(m, Math.abs(x)), 0)).toBeLessThanOrEqual(bound);
  });
});

describe("an architecture that cannot be trained", () => {
  it.each([
    ["another layer", chain({ up: { type: "Upsample", scale: 2 } }), "engine.layer", "up"],
    [
      "a border that is not zeros",
      chain({
        c: { type: "Conv2d", out_channels: 1, kernel_size: 3, padding: 1, padding_mode: "reflect" },
      }),
      "engine.paddingMode",
      "c",
    ],
    [
      "a window that is too large",
      chain({ c: { type: "Conv2d", out_channels: 1, kernel_size: 9 } }),
      "engine.window",
      "c",
    ],
    [
      "groups that do not fit",
      chain({ c: { type: "Conv2d", out_channels: 4, kernel_size: 1, groups: 2 } }),
      "engine.groups",
      "c",
    ],
    [
      "a vector where maps are needed",
      chain({ f: { type: "Flatten" }, p: { type: "MaxPool2d", kernel_size: 2 } }),
      "engine.maps",
      "p",
    ],
    [
      "branches of two sizes",
      chain({ r: { type: "Residual", body: { type: "MaxPool2d", kernel_size: 2 } } }),
      "engine.branches",
      "r",
    ],
    [
      "a part that is missing",
      chain({ g: { type: "Gate", body: { type: "Identity" } } }),
      "engine.block",
      "g.gate",
    ],
  ] as const)("with %s is refused with its path", (_name, architecture, key, path) => {
    expect(supports(architecture)).toMatchObject({ key, values: { path } });
  });

  it("is refused for its output, or for being something else", () => {
    expect(supports({ ...FIXED, num_classes: 4 })?.key).toBe("engine.output");
    expect(supports({} as Architecture)?.key).toBe("engine.architecture");
    expect(supports(FIXED)).toBeNull();
  });

  it("stops with a sentence when the loss is no longer a number", async () => {
    const trainer = await createTrainer(FIXED, { batchSize: 5, learningRate: 1e30 });
    const run = (): void => {
      for (let i = 0; i < 20; i++) trainer.step(IMAGES, LABELS);
    };
    expect(run).toThrow(/diverged/);
  });
});

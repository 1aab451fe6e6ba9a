import { describe, expect, it } from "vitest";
import { problemOf } from "$/engine";
import { augment, createPreparation, prepare } from "$/engine/session/prepare";
import { createRandom } from "$/engine/random";
import { createHost, type Host } from "$/engine/session/session";
import type { Architecture, Block, Images, SessionOptions, Snapshot } from "$/engine/types";

const NETWORK: Architecture = {
  name: "small",
  input: [1, 6, 6],
  num_classes: 2,
  block: {
    type: "Chain",
    blocks: {
      conv: { type: "Conv2d", out_channels: 4, kernel_size: 3 },
      act: { type: "Tanh" },
      flatten: { type: "Flatten" },
      fc: { type: "Linear", out_features: 2 },
    },
  },
};

const chain = (...layers: Block[]): Block => ({
  type: "Chain",
  blocks: Object.fromEntries(layers.map((one, i) => [`l${i}`, one])),
});
const PREPROCESSING = chain(
  { type: "Resize", size: [4, 4] },
  { type: "CenterCrop", size: 6 },
  { type: "Normalize", mean: [0.5], std: [0.25] },
);

/** Images that are bright on the left (0) or on the right (1). */
function halves(count: number, seed: number): Images {
  const random = createRandom(seed);
  const labels = Uint8Array.from({ length: count }, () => random.below(2));
  const pixels = new Uint8Array(16 * count);
  labels.forEach((label, n) => {
    for (let i = 0; i < 16; i++)
      pixels[16 * n + i] = random.below(100) + (Number(i % 4 > 1) === label ? 120 : 0);
  });
  return { shape: [1, 4, 4], pixels, labels };
}

interface Bench {
  readonly host: Host;
  readonly snapshots: Snapshot[];
  /** Runs waiting slices until the session stops, at most so many. */
  run(most: number): void;
}

async function bench(options: Partial<SessionOptions> = {}): Promise<Bench> {
  const snapshots: Snapshot[] = [];
  let waiting: (() => void) | null = null;
  const data = { train: halves(40, 1), test: halves(30, 2) };
  const whole = {
    preprocessing: PREPROCESSING,
    labels: ["left", "right"],
    batchSize: 8,
    ...options,
  };
  const host = await createHost(
    NETWORK,
    data,
    whole,
    (one) => void snapshots.push(one),
    (next) => (waiting = next),
  );
  return {
    ...{ host, snapshots },
    run(most) {
      for (let i = 0; i < most && waiting; i++) {
        const next: () => void = waiting;
        waiting = null;
        next();
      }
    },
  };
}

describe("a session", () => {
  it("learns, evaluates, and counts epochs", async () => {
    const { host, snapshots } = await bench({ evaluateEvery: 50 });
    for (let i = 0; i < 100; i++) host.stepOnce();
    const last = snapshots.at(-1);
    expect(last).toMatchObject({ state: "paused", step: 100, epoch: 19, images: 800 });
    expect(snapshots.flatMap(({ points }) => points.map(({ step }) => step))).toEqual(
      Array.from({ length: 100 }, (_, i) => i + 1),
    );
    const evaluations = snapshots.flatMap(({ evaluations: list }) => list);
    expect(evaluations.map(({ step }) => step)).toEqual([50, 100]);
    expect(evaluations[1]).toMatchObject({ accuracy: 1, count: 30 });
  });

  it("runs in slices, pauses, changes while it runs, and starts again", async () => {
    const { host, snapshots, run } = await bench();
    host.start();
    run(3);
    host.set({ learningRate: 0.001, batchSize: 12 });
    expect(host.trainer.settings).toMatchObject({ learningRate: 0.001, batchSize: 12 });
    host.pause();
    run(5);
    const { steps } = host.trainer;
    expect(snapshots.at(-1)).toMatchObject({ state: "paused", step: steps });
    run(5);
    expect(host.trainer.steps).toBe(steps);
    host.restart(7);
    expect(snapshots.at(-1)).toMatchObject({ step: 0, epoch: 0, images: 0 });
  });

  it("fails with a sentence, and can be restarted", async () => {
    const { host, snapshots, run } = await bench({ learningRate: 1e38 });
    host.start();
    run(50);
    expect(snapshots.at(-1)).toMatchObject({
      state: "failed",
      problem: { key: "engine.diverged" },
    });
    host.set({ learningRate: 0.01 });
    host.restart(1);
    host.stepOnce();
    expect(snapshots.at(-1)).toMatchObject({ state: "paused", step: 1 });
  });

  it("sends statistics and predictions of watched images", async () => {
    const { host, snapshots } = await bench();
    const images = halves(3, 5).pixels;
    host.watch({ statistics: true, images });
    host.stepOnce();
    const last = snapshots.at(-1);
    expect(last?.statistics?.map(({ path }) => path)).toEqual(["conv", "act", "flatten", "fc"]);
    expect(last?.watched).toEqual(host.predict(images));
    const [a = 0, b = 0] = last?.watched ?? [];
    expect(a + b).toBeCloseTo(1, 6);
  });

  it("returns activations of one image, the prepared image included", async () => {
    const { host } = await bench();
    const maps = host.activations(halves(1, 5).pixels);
    expect([...maps.keys()]).toEqual(["", "conv", "act", "flatten", "fc"]);
    const [conv, act] = [maps.get("conv")?.data, maps.get("act")?.data];
    conv?.forEach((x, i) => expect(act?.[i]).toBeCloseTo(Math.tanh(x), 6));
  });
});

describe("preprocessing", () => {
  it("crops, pads with black and standardises as Python does", () => {
    const p = createPreparation(PREPROCESSING, [1, 4, 4], [1, 6, 6]);
    const to = new Float32Array(36);
    prepare(p, new Uint8Array(16).fill(255), 0, to, 0);
    expect(to[0]).toBe(-2);
    expect(to[7]).toBe(2);
    expect(to.filter((value) => value === 2).length).toBe(16);
  });

  it.each([
    ["another size", chain({ type: "Resize", size: 8 }), "engine.resize"],
    ["another layer", chain({ type: "ZcaWhiten" }), "engine.preprocessing"],
    ["a shape that the network does not take", chain(), "engine.prepared"],
  ])("refuses %s", (_name, block, expected) => {
    let problem;
    try {
      createPreparation(block, [1, 4, 4], [1, 6, 6]);
    } catch (error) {
      problem = problemOf(error);
    }
    expect(problem?.key).toBe(expected);
  });
});

describe("augmentation", () => {
  const ramp = Uint8Array.from({ length: 16 }, (_, i) => 10 * (i % 4));
  it("of nothing changes nothing; a flip mirrors columns", () => {
    const to = new Float32Array(16);
    const none = { degrees: 0, scale: 0, shiftPixels: 0, flip: false };
    augment(ramp, 0, [1, 4, 4], none, createRandom(1), to);
    expect([...to]).toEqual([...ramp]);
    const seen = new Set<string>();
    for (let seed = 0; seed < 20; seed++) {
      augment(ramp, 0, [1, 4, 4], { ...none, flip: true }, createRandom(seed), to);
      seen.add([...to.subarray(0, 4)].join());
    }
    expect([...seen].sort()).toEqual(["0,10,20,30", "30,20,10,0"]);
  });

  it("shifts by less than its bound", () => {
    const to = new Float32Array(16);
    for (let seed = 0; seed < 20; seed++) {
      augment(
        ramp,
        0,
        [1, 4, 4],
        { degrees: 0, scale: 0, shiftPixels: 0.5, flip: false },
        createRandom(seed),
        to,
      );
      expect(Math.abs((to[5] ?? 0) - 10)).toBeLessThanOrEqual(5.001);
    }
  });
});

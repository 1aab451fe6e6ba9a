/** Stand-in for the engine until it is there: curves that fall, and no training. */

import type {
  Architecture,
  Histogram,
  Images,
  LayerStatistics,
  Session,
  SessionOptions,
  Snapshot,
  Watch,
} from "$/engine/types";
import type { Tensor } from "$/model/types";
import { describe } from "./network/describe";
import { rowsOf } from "./network/tree";

const gaussian = (): number => Math.random() + Math.random() + Math.random() - 1.5;
const histogram = (scale: number): Histogram => ({
  low: -3 * scale,
  high: 3 * scale,
  counts: Array.from(
    { length: 24 },
    (_, i) => Math.exp(-((i - 12) ** 2) / 30) * 100 * (0.8 + 0.4 * Math.random()),
  ),
});

export async function createSession(
  architecture: Architecture,
  data: { readonly train: Images; readonly test: Images },
  options: SessionOptions,
  listen: (snapshot: Snapshot) => void,
): Promise<Session> {
  const rows = describe(architecture);
  const classes = architecture.num_classes;
  let step = 0;
  let timer: ReturnType<typeof setInterval> | undefined;
  let watched: Watch = { statistics: false };
  const each = data.train.shape[0] * data.train.shape[1] * data.train.shape[2];
  const random = (shape: readonly number[], scale: number): Tensor => ({
    shape,
    data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => scale * gaussian()),
  });
  const predictions = (count: number): Float32Array => {
    const rows = new Float32Array(count * classes);
    for (let n = 0; n < count; n++) {
      const logits = Array.from(
        { length: classes },
        (_, k) => gaussian() + (k === n % classes ? Math.log(1 + step / 30) : 0),
      );
      const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
      logits.forEach((logit, k) => (rows[n * classes + k] = Math.exp(logit) / total));
    }
    return rows;
  };
  const statistics = (): LayerStatistics[] =>
    rows.map(({ path, type }) => ({
      ...{
        path,
        mean: 0,
        std: 1,
        dead: type === "ReLU" ? 0.45 : 0,
        saturated: 0,
        gradientRms: 0.01,
      },
      activations: histogram(1),
      parameters:
        type === "Conv2d" || type === "Linear"
          ? [
              {
                name: `${path}.weight`,
                weightNorm: 5,
                gradientNorm: 0.1,
                updateRatio: 0.002,
                weights: histogram(0.2),
                gradients: histogram(0.01),
              },
            ]
          : [],
    }));
  const post = (state: Snapshot["state"], steps: number): void => {
    const points = Array.from({ length: steps }, () => {
      step += 1;
      const loss =
        (2.3 * Math.exp(-step / 150) + 0.08 + 0.4 / (1 + step / 100)) * (0.7 + 0.6 * Math.random());
      return { step, loss, accuracy: Math.min(1, 1 - 0.3 * loss * (0.8 + 0.4 * Math.random())) };
    });
    const last = points.at(-1);
    const evaluations =
      last && step % 100 < steps ? [{ ...last, loss: 0.9 * last.loss, count: 2000 }] : [];
    const images = watched.images;
    listen({
      ...{
        state,
        step,
        epoch: step / 625,
        images: 32 * step,
        rate: 7900,
        bytes: 3e7,
        points,
        evaluations,
      },
      ...(watched.statistics ? { statistics: statistics() } : {}),
      ...(images ? { watched: predictions(images.length / each) } : {}),
    });
  };
  const stop = (): void => clearInterval(timer);
  return {
    layers: rows.map(({ path, type, shape }) => ({ path, type, shape, parameters: [] })),
    parameters: rows.reduce((sum, row) => sum + row.count, 0),
    start: () => (timer = setInterval(() => post("running", 12), 50)),
    pause: () => (stop(), post("paused", 0)),
    stepOnce: () => post("paused", 1),
    set: () => void options,
    watch: (watch) => ((watched = watch), post("paused", 0)),
    evaluate: async () => ({ step, loss: 0.1, accuracy: 0.9, count: 2000 }),
    predict: async (pixels) => predictions(pixels.length / each),
    activations: async () => new Map(rows.map((row) => [row.path, random(row.shape, 1)])),
    weights: async () =>
      new Map(
        rowsOf(architecture).flatMap(({ path, block }): [string, Tensor][] => {
          if (block.type === "Linear")
            return [[`${path}.weight`, random([Number(block.out_features), 64], 0.1)]];
          const k = Number(block.kernel_size);
          return block.type === "Conv2d"
            ? [[`${path}.weight`, random([Number(block.out_channels), 6, k, k], 0.1)]]
            : [];
        }),
      ),
    load: async () => undefined,
    restart: async () => (stop(), (step = 0), undefined),
    save: async () => new Uint8Array(8),
    dispose: stop,
  };
}

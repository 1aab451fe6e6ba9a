/** Layers that move numbers without computing: padding, selection, shuffling, flattening. */

import { engineError } from "$/engine/problem";
import {
  bytesOf,
  countOf,
  maps,
  only,
  size,
  type Fields,
  type Rule,
  type Site,
} from "$/engine/layers/rule";

const view = {
  view: true,
  plan: () => ({ forward: () => undefined, backward: () => undefined }),
} as const;

export const Identity: Rule = { shape: (_fields, inputs) => only(inputs), ...view };
export const Flatten: Rule = { shape: (_fields, inputs) => [size(only(inputs))], ...view };

/** Places of the input, from `first` by strides, that become a block of the output, in numbers. */
interface Copy {
  readonly channels: number;
  readonly rows: number;
  readonly cols: number;
  readonly from: number;
  readonly to: number;
  readonly fromStrides: readonly [channel: number, row: number, col: number];
  readonly toStrides: readonly [channel: number, row: number, col: number];
}

/** A layer of copies; numbers of the output that none of them reaches stay 0. */
function copies(shape: Rule["shape"], list: (fields: Fields, site: Site) => readonly Copy[]): Rule {
  return {
    shape,
    plan(site) {
      const { kernels, batch } = site;
      const place = 4 * batch;
      const all = list(site.fields, site);
      const scaled = (strides: readonly number[]): number[] =>
        strides.map((stride) => stride * place);
      const x = site.x[0] ?? 0;
      const inputBytes = bytesOf(only(site.inputs), batch);
      kernels.zero(site.y, bytesOf(site.output, batch));
      return {
        forward() {
          for (const c of all)
            kernels.move(
              ...[x + c.from * place, site.y + c.to * place, c.channels, c.rows, c.cols, place],
              ...[...scaled(c.fromStrides), ...scaled(c.toStrides)],
            );
        },
        backward(dy, dx) {
          if (!dx[0]) return;
          kernels.zero(dx[0], inputBytes);
          for (const c of all)
            kernels.move(
              ...[dy + c.to * place, dx[0] + c.from * place, c.channels, c.rows, c.cols, place],
              ...[...scaled(c.toStrides), ...scaled(c.fromStrides)],
            );
        },
      };
    },
  };
}

/** Distances of neighbours in [C, H, W]. */
const strides = (height: number, width: number): readonly [number, number, number] => [
  height * width,
  width,
  1,
];

export const ZeroPad2d: Rule = copies(
  (fields, inputs) => {
    const [channels, height, width] = maps(inputs);
    const side = (name: string): number => countOf(fields, name, 0, 0);
    return [channels, side("top") + height + side("bottom"), side("left") + width + side("right")];
  },
  (fields, site) => {
    const [channels, height, width] = maps(site.inputs);
    const [, high, wide] = maps([site.output]);
    const to = countOf(fields, "top", 0, 0) * wide + countOf(fields, "left", 0, 0);
    const both = { fromStrides: strides(height, width), toStrides: strides(high, wide) };
    return [{ channels, rows: height, cols: width, from: 0, to, ...both }];
  },
);

export const ZeroPadShortcut: Rule = copies(
  (fields, inputs) => {
    const [channels, height, width] = maps(inputs);
    const outs = countOf(fields, "out_channels", 1);
    if (outs < channels) throw engineError("engine.shape", { shape: channels, expected: outs });
    const stride = countOf(fields, "stride", 1, 1);
    return [outs, Math.ceil(height / stride), Math.ceil(width / stride)];
  },
  (fields, site) => {
    const [channels, height, width] = maps(site.inputs);
    const [, rows, cols] = maps([site.output]);
    const stride = countOf(fields, "stride", 1, 1);
    const fromStrides = [height * width, stride * width, stride] as const;
    return [{ channels, rows, cols, from: 0, to: 0, fromStrides, toStrides: strides(rows, cols) }];
  },
);

export const SelectChannels: Rule = copies(
  (fields, inputs) => {
    const [channels, height, width] = maps(inputs);
    const start = countOf(fields, "start", 0, 0);
    const stop = countOf(fields, "stop", 1, channels);
    if (!(start < stop && stop <= channels))
      throw engineError("engine.shape", { shape: channels, expected: `${start}-${stop}` });
    return [stop - start, height, width];
  },
  (fields, site) => {
    const [channels, height, width] = maps([site.output]);
    const from = countOf(fields, "start", 0, 0) * height * width;
    const both = { fromStrides: strides(height, width), toStrides: strides(height, width) };
    return [{ channels, rows: height, cols: width, from, to: 0, ...both }];
  },
);

export const ChannelShuffle: Rule = copies(
  (fields, inputs) => {
    const [channels, height, width] = maps(inputs);
    const groups = countOf(fields, "groups", 1);
    if (channels % groups) throw engineError("engine.groups", { channels, groups });
    return [channels, height, width];
  },
  (fields, site) => {
    const [channels, height, width] = maps(site.inputs);
    const groups = countOf(fields, "groups", 1);
    const of = channels / groups;
    const plane = height * width;
    return Array.from({ length: groups }, (_, g) => ({
      ...{ channels: of, rows: height, cols: width, from: g * of * plane, to: g * plane },
      fromStrides: strides(height, width),
      toStrides: [groups * plane, width, 1] as const,
    }));
  },
);

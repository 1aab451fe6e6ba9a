import { describe, expect, test } from "vitest";
import { supports } from "$/engine";
import type { Architecture } from "$/engine/types";
import { architectureOf } from "../setup";
import { describe as described } from "./describe";
import { fitted, preprocessingFor, withClasses } from "./fit";
import networks from "./networks.json";
import {
  ADDABLE,
  canonical,
  moved,
  rowsOf,
  shortened,
  withField,
  withLayer,
  without,
  withType,
} from "./tree";

function named(name: string): Architecture {
  const network = networks.find(({ architecture }) => architecture.name === name);
  const architecture = architectureOf(network?.architecture);
  if (!architecture) throw new Error(name);
  return architecture;
}
const lenet = named("lenet5");
const residual = named("small_residual");
const paths = (architecture: Architecture): string[] => rowsOf(architecture).map((row) => row.path);
const total = (architecture: Architecture): number =>
  described(architecture).reduce((sum, { count }) => sum + count, 0);

describe("changes of the tree", () => {
  test("a field changes shapes and parameters, and nothing else", () => {
    const wider = withField(lenet, "conv1", "out_channels", 12);
    expect(described(wider)[0]?.shape).toEqual([12, 28, 28]);
    // 6 more kernels of 5 x 5 with a bias, and 6 more input channels of 16 kernels
    expect(total(wider) - total(lenet)).toBe(6 * 26 + 16 * 6 * 25);
    expect(paths(wider)).toEqual(paths(lenet));
    expect(total(lenet)).toBe(61_706);
  });

  test("a default is not written, so that it compares equal", () => {
    const strided = withField(lenet, "conv1", "stride", 2);
    expect(canonical(strided)).not.toBe(canonical(lenet));
    expect(withField(strided, "conv1", "stride", 1)).toEqual(lenet);
  });

  test("layers are added, moved and removed inside branches", () => {
    const body = "block1.add.body";
    const longer = withLayer(residual, `${body}.norm1`, "Dropout");
    expect(paths(longer)).toContain(`${body}.dropout1`);
    expect(paths(without(longer, `${body}.dropout1`))).toEqual(paths(residual));
    const up = moved(longer, `${body}.dropout1`, -1);
    const order = paths(up).filter((path) => path.startsWith(`${body}.`));
    expect(order.slice(0, 3)).toEqual([`${body}.conv1`, `${body}.dropout1`, `${body}.norm1`]);
    expect(moved(up, `${body}.conv1`, -1)).toEqual(up);
  });

  test("names of new layers are not used twice", () => {
    const twice = withLayer(withLayer(lenet, "tanh1", "ReLU"), "tanh1", "ReLU");
    expect(paths(twice).slice(0, 4)).toEqual(["conv1", "tanh1", "relu2", "relu1"]);
  });

  test("the last layer of a list stays", () => {
    const only: Architecture = {
      ...lenet,
      block: { type: "Chain", blocks: { a: { type: "ReLU" } } },
    };
    expect(without(only, "a")).toEqual(only);
  });

  test.each(ADDABLE)("%s can be added and is known to the engine", (type) => {
    const added = type === "Linear" ? "tanh4" : "conv1";
    expect(supports(withLayer(lenet, added, type))?.key).not.toBe("engine.layer");
    expect(canonical(withType(lenet, "tanh1", type))).toContain(`"${type}"`);
  });

  test("the form of Python's own JSON, with all defaults, is the same network", () => {
    const whole = withField(lenet, "conv1", "padding_mode", "zeros");
    const { block } = lenet;
    const blocks = Object.entries(block.blocks as Record<string, object>);
    const written = Object.fromEntries(
      blocks.map(([name, layer]) => [
        name,
        "out_channels" in layer ? { ...layer, stride: 1, bias: true, groups: 1 } : layer,
      ]),
    );
    const long = { ...whole, block: { ...block, blocks: written } };
    expect(canonical(long)).toBe(canonical(lenet));
    expect(shortened(long).block).toEqual(lenet.block);
    expect(shortened(residual).block).toEqual(residual.block);
  });
});

const images = (shape: [number, number, number], classes = 10) => ({
  ...{ name: "x", title: "x", notice: "", shape, mean: [0.5], std: [0.25] },
  labels: Array.from({ length: classes }, (_, label) => String(label)),
  train: { count: 0, pixels: new Uint8Array(), classes: new Uint8Array() },
  heldOut: { count: 0, pixels: new Uint8Array(), classes: new Uint8Array() },
});
const holds = (architecture: Architecture): boolean => supports(architecture) === null;

describe("networks and images", () => {
  test("MNIST gets a border for LeNet-5, as in Python", () => {
    expect(fitted(lenet, images([1, 28, 28]), holds)).toEqual(lenet);
    expect(preprocessingFor(lenet.input, images([1, 28, 28]))).toEqual({
      type: "Chain",
      blocks: {
        resize: { type: "Resize", size: [28, 28] },
        border: { type: "CenterCrop", size: [32, 32] },
        normalise: { type: "Normalize", mean: [0.5], std: [0.25] },
      },
    });
  });

  test("coloured images and other classes change input and last layer", () => {
    const own = fitted(named("small_batchnorm"), images([3, 32, 32], 4), holds);
    expect(own.input).toEqual([3, 32, 32]);
    expect(holds(own)).toBe(true);
    expect(described(own).at(-1)?.shape).toEqual([4]);
  });

  test("a network that needs its size keeps it", () => {
    expect(fitted(lenet, images([1, 16, 16]), holds).input).toEqual([1, 32, 32]);
  });

  test("without a linear layer the last convolution has the classes", () => {
    const five = withClasses(named("all_convolutional"), 5);
    expect(holds(five)).toBe(true);
    expect(five.num_classes).toBe(5);
  });
});

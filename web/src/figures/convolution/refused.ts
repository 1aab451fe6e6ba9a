/** Values of an address that are no setting of a convolution, in words. */

import type { Ignored } from "$/figures/reading";
import {
  kernelShape,
  LIMITS,
  numbersOf,
  OPERATIONS,
  PRESETS,
  read,
  texts,
  type AddressKey,
  type Limited,
  type Setup,
} from "$/figures/convolution/setup";

type Get = (key: AddressKey) => string;

const PAIRS = ["kernel", "stride", "padding", "dilation", "outputPadding"] as const;
const WHOLE = ["outputs", "groups"] as const;

const count = (shape: readonly number[]): number =>
  shape.reduce((product, side) => product * side, 1);

/** Return the values that `read` leaves out. */
export function refused(get: Get): readonly Ignored[] {
  const setup = read(get);
  const known = texts(setup);
  const all: Ignored[] = [];
  const refuse = (key: AddressKey, expected: Ignored["expected"], values: Ignored["values"]) =>
    all.push({ key, value: get(key).slice(0, 40), expected, values });
  const isOther = (key: AddressKey): boolean => {
    const [rows, cols = rows] = get(key).split("x");
    return get(key) !== "" && ![get(key), rows === cols ? rows : ""].includes(known[key]);
  };
  const limits = (key: Limited) => ({ low: LIMITS[key][0], high: LIMITS[key][1] });
  if (get("example") !== "" && !Object.hasOwn(PRESETS, get("example")))
    refuse("example", "controls.word", { words: Object.keys(PRESETS).join(", ") });
  if (isOther("size"))
    refuse("size", "convolution.expected.size", {
      channels: LIMITS.channels[1],
      side: LIMITS.side[1],
    });
  for (const key of PAIRS) if (isOther(key)) refuse(key, "convolution.expected.pair", limits(key));
  for (const key of WHOLE) if (isOther(key)) refuse(key, "controls.whole", limits(key));
  if (isOther("operation")) refuse("operation", "controls.word", { words: OPERATIONS.join(", ") });
  if (isOther("seed")) refuse("seed", "controls.whole", { low: 0, high: 9999 });
  for (const [key, expected] of Object.entries(counts(setup)) as [AddressKey, number][])
    if (get(key) !== "" && numbersOf(get(key))?.length !== expected)
      refuse(key, "convolution.expected.numbers", { count: expected });
  return all;
}

const counts = (setup: Setup): Readonly<Record<"x" | "w" | "b", number>> => ({
  x: count(setup.input),
  w: count(kernelShape(setup)),
  b: setup.outputs,
});

import { describe, expect, test } from "vitest";
import { readFolder, type Decode, type PickedFile } from "$/data/folder";
import { DataError } from "$/data/images";

const COLOURS: Readonly<Record<string, readonly number[]>> = {
  grey: [100, 100, 100],
  red: [200, 10, 20],
};

/** A file whose text names its colour; others cannot be read. */
const file = (path: string, content = "grey"): PickedFile => ({ path, file: new Blob([content]) });
const decode: Decode = async (blob, height, width) => {
  const colour = COLOURS[await blob.text()];
  if (!colour) throw new Error("damaged");
  return Uint8ClampedArray.from(
    { length: 3 * height * width },
    (_, index) => colour[index % 3] ?? 0,
  );
};
const many = (folder: string, count: number, content?: string): PickedFile[] =>
  Array.from({ length: count }, (_, index) => file(`${folder}/${index}.png`, content));
const read = (files: readonly PickedFile[], seed = 1) =>
  readFolder(files, { shape: [1, 2, 2], seed, decode });

async function faultOf(files: readonly PickedFile[]): Promise<readonly [string, unknown]> {
  const error: unknown = await read(files).catch((reason: unknown) => reason);
  if (!(error instanceof DataError)) throw new Error("no fault");
  return [error.fault, error.values];
}

describe("a folder of images", () => {
  test("subfolders are classes, in the order of their names", async () => {
    const { images, report } = await read([
      ...many("pets/dogs", 12),
      ...many("pets/cats/deep/inside", 12),
      file("pets/notes.txt"),
      file("pets/.hidden/1.png"),
      file("pets/__MACOSX/cats/1.png"),
    ]);
    expect(images.name).toBe("pets");
    expect(images.labels).toEqual(["cats", "dogs"]);
    expect(images.shape).toEqual([1, 2, 2]);
    expect([images.train.count, images.heldOut.count]).toEqual([20, 4]);
    // two of each class are held out
    expect([...images.heldOut.classes].sort()).toEqual([0, 0, 1, 1]);
    expect(report).toEqual({ unreadable: [], ignored: 3 });
    expect([...images.train.pixels].every((value) => value === 100)).toBe(true);
    expect(images.mean[0]).toBeCloseTo(100 / 255, 6);
  });

  test("the same seed holds out the same images", async () => {
    const files = ["a", "b"].flatMap((name) => [
      ...many(`x/${name}/grey`, 30),
      ...many(`x/${name}/red`, 30, "red"),
    ]);
    const held = async (seed: number): Promise<string> =>
      (await read(files, seed)).images.heldOut.pixels.join();
    expect(await held(5)).toBe(await held(5));
    expect(await held(5)).not.toBe(await held(6));
  });

  test("train and val are splits, not classes", async () => {
    const { images } = await read([
      ...many("set/train/a", 5),
      ...many("set/train/b", 5),
      ...many("set/val/a", 2),
      ...many("set/val/b", 3),
    ]);
    expect(images.labels).toEqual(["a", "b"]);
    expect([images.train.count, images.heldOut.count]).toEqual([10, 5]);
  });

  test("one coloured image makes all of them coloured, plane by plane", async () => {
    const { images } = await read([...many("x/a", 4), ...many("x/b", 4, "red")]);
    expect(images.shape).toEqual([3, 2, 2]);
    const red = images.train.classes.indexOf(1);
    const own = [...images.train.pixels.subarray(12 * red, 12 * red + 12)];
    expect(own).toEqual([200, 200, 200, 200, 10, 10, 10, 10, 20, 20, 20, 20]);
  });

  test("images that cannot be read are counted and named", async () => {
    const { images, report } = await read([
      ...many("x/a", 4),
      ...many("x/b", 4),
      file("x/b/<img src=x>.png", "damaged"),
    ]);
    expect(report.unreadable).toEqual(["x/b/<img src=x>.png"]);
    expect(images.train.count + images.heldOut.count).toBe(8);
  });

  const faults: readonly (readonly [string, PickedFile[], string, object])[] = [
    ["no subfolders", many("x", 5), "data.noSubfolders", {}],
    ["an empty folder", [], "data.noSubfolders", {}],
    ["one class", many("x/cats", 5), "data.oneClass", { label: "cats" }],
    [
      "one class and stray files",
      [...many("x/cats", 5), ...many("x", 2)],
      "data.oneClass",
      { label: "cats" },
    ],
    [
      "no readable image",
      [...many("x/a", 3, "?"), ...many("x/b", 3, "?")],
      "data.noneReadable",
      { count: 6 },
    ],
    [
      "one image in a class",
      [...many("x/a", 3), ...many("x/b", 1)],
      "data.tooFew",
      { label: "b", count: 1 },
    ],
    [
      "too many classes",
      Array.from({ length: 300 }, (_, index) => file(`x/${index}/1.png`)),
      "data.tooManyClasses",
      { count: 300, limit: 256 },
    ],
  ];
  test.each(faults)("%s is a fault in words", async (_name, files, fault, values) => {
    expect(await faultOf(files)).toEqual([fault, values]);
  });
});

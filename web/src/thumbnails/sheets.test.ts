import { afterEach, describe, expect, test, vi } from "vitest";
import { ranges, Sheets } from "$/thumbnails/sheets";

afterEach(() => vi.unstubAllGlobals());

/** Answers every address with a sheet, and notes it. */
function server(fails: (address: string) => boolean = () => false): string[] {
  const addresses: string[] = [];
  vi.stubGlobal("fetch", async (address: string) => {
    addresses.push(address);
    return { ok: !fails(address), status: 500, blob: async () => new Blob() };
  });
  vi.stubGlobal("createImageBitmap", async () => ({ width: 448, height: 28, close: () => {} }));
  return addresses;
}

const upTo = (num: number): number[] => Array.from({ length: num }, (_, i) => i);
const sheets = (most = 64): Sheets =>
  new Sheets({ address: (images) => ranges(images), side: 28, most });

describe("sheets of thumbnails", () => {
  test("numbers are written as ranges", () => {
    expect(ranges([0, 1, 2, 7, 9, 10])).toBe("0-2,7,9-10");
    expect(ranges([5, 4, 3])).toBe("5,4,3");
    expect(ranges([])).toBe("");
  });

  test("tiles are at their places in the sheet", async () => {
    server();
    const all = sheets();
    all.want([30, 31, ...upTo(20)]);
    await vi.waitFor(() => expect(all.tile(19)).toBeDefined());
    expect(all.tile(30)).toMatchObject({ x: 0, y: 0, side: 28 });
    expect(all.tile(13)).toMatchObject({ x: 15 * 28, y: 0 });
    expect(all.tile(14)).toMatchObject({ x: 0, y: 28 });
  });

  test("an image is requested once, and what left the view is not requested", async () => {
    const addresses = server();
    const all = sheets(10);
    all.want(upTo(1000)); // four requests begin
    all.want(upTo(1000).slice(900));
    await vi.waitFor(() => expect(all.tile(999)).toBeDefined());
    expect(addresses.slice(0, 4)).toEqual(["0-9", "10-19", "20-29", "30-39"]);
    expect(addresses.slice(4)).toEqual(upTo(10).map((i) => `${900 + 10 * i}-${909 + 10 * i}`));
  });

  test("images of different groups are in different sheets", async () => {
    const addresses = server();
    const all = new Sheets({
      address: (images) => ranges(images),
      side: 28,
      most: 10,
      group: (image) => image % 2,
    });
    all.want(upTo(8));
    await vi.waitFor(() => expect(all.tile(7)).toBeDefined());
    expect(addresses).toEqual(["0,2,4,6", "1,3,5,7"]);
  });

  test("a sheet that cannot be loaded is tried twice, then its tiles are lost", async () => {
    const addresses = server((address) => address.startsWith("0"));
    const all = sheets(10);
    all.want(upTo(20));
    await vi.waitFor(() => expect(all.isLost(3)).toBe(true));
    await vi.waitFor(() => expect(all.tile(12)).toBeDefined());
    expect(addresses.filter((one) => one === "0-9")).toHaveLength(2);
    expect(all.isLost(12)).toBe(false);
  });

  test("watchers are called until they leave", async () => {
    server();
    const all = sheets(10);
    const changed = vi.fn();
    const leave = all.watch(changed);
    all.want(upTo(10));
    await vi.waitFor(() => expect(changed).toHaveBeenCalledTimes(1));
    leave();
    all.want([50]);
    await vi.waitFor(() => expect(all.tile(50)).toBeDefined());
    expect(changed).toHaveBeenCalledTimes(1);
  });
});

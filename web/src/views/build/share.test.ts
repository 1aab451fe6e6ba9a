import { describe, expect, test } from "vitest";
import { failureOf } from "$/lang/failure";
import { chainOf } from "./edits";
import { packed, unpacked } from "./share";

const conv = { type: "Conv2d", out_channels: 8, kernel_size: 3 };
const mine = {
  name: "mine",
  input: [3, 32, 32] as const,
  num_classes: 10,
  block: chainOf([["conv", conv]]),
};

async function said(text: string): Promise<string> {
  try {
    await unpacked(text);
  } catch (error) {
    return failureOf(error).key;
  }
  return "";
}

async function packedJson(value: string): Promise<string> {
  const stream = new Blob([value]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  const bytes = Buffer.from(await new Response(stream).arrayBuffer());
  return bytes.toString("base64url");
}

describe("a network in a link", () => {
  test("comes back as it was", async () => {
    const text = await packed(mine);
    expect(text).toMatch(/^[\w-]+$/);
    expect(await unpacked(text)).toEqual(mine);
  });

  test("further fields of the link are left out", async () => {
    const text = await packedJson(JSON.stringify({ ...mine, paper: "<img onerror>" }));
    expect(await unpacked(text)).toEqual(mine);
  });

  test("hostile links are refused in words", async () => {
    expect(await said("!!!")).toBe("build.share.damaged");
    expect(await said("AAAA")).toBe("build.share.damaged");
    expect(await said((await packed(mine)).slice(0, -6))).toBe("build.share.damaged");
    expect(await said(await packedJson("{"))).toBe("build.share.damaged");
    expect(await said(await packedJson('{"name": 3}'))).toBe("build.share.none");
    expect(await said(await packedJson(" ".repeat(5 << 20)))).toBe("build.share.large");
    expect(await said("A".repeat(70_000))).toBe("build.share.large");
    expect(await said(await packedJson("[".repeat(100_000)))).not.toBe("");
  });
});

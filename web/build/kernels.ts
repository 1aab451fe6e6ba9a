/** Vite plugin that compiles the engine's kernels with AssemblyScript. */

import { createHash, randomUUID } from "node:crypto";
import { mkdir, readFile, readdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";

const FOLDER = fileURLToPath(new URL("../kernels/", import.meta.url));
const CACHE = fileURLToPath(new URL("../node_modules/.cache/kernels/", import.meta.url));
const NAME = "virtual:kernels";
const FLAGS = ["-O3", "--noAssert", "--runtime", "stub", "--importMemory", "--use", "abort="];
/** A warning about exported vectors, which only the kernels themselves exchange. */
const QUIET = ["--disableWarning", "112"];

async function compile(features: readonly string[]): Promise<string> {
  const { default: asc } = await import("assemblyscript/asc");
  const enabled = features.flatMap((feature) => ["--enable", feature]);
  let binary: Uint8Array = new Uint8Array();
  const { error, stderr } = await asc.main(
    ["index.ts", "-o", "kernels.wasm", ...FLAGS, ...QUIET, ...enabled],
    {
      readFile: (name) => readFile(join(FOLDER, name), "utf8").catch(() => null),
      writeFile(_name, contents) {
        if (typeof contents !== "string") binary = contents;
      },
      listFiles: () => [],
    },
  );
  if (error) throw new Error(`kernels: ${error.message}\n${stderr.toString()}`);
  return Buffer.from(binary).toString("base64");
}

async function sources(): Promise<string[]> {
  const names = (await readdir(FOLDER)).filter((name) => name.endsWith(".ts")).sort();
  return names.map((name) => join(FOLDER, name));
}

/** Compile, or take what was compiled before of the same files by the same compiler. */
async function build(): Promise<string> {
  const files = await Promise.all((await sources()).map((file) => readFile(file)));
  const { version } = await import("assemblyscript/asc");
  const hash = createHash("sha256").update([version, ...FLAGS, ...files].join("\n"));
  const place = join(CACHE, `${hash.digest("hex")}.js`);
  const known = await readFile(place, "utf8").catch(() => null);
  if (known !== null) return known;
  const [plain, relaxed] = [await compile(["simd"]), await compile(["simd", "relaxed-simd"])];
  const code = `export const plain = "${plain}";\nexport const relaxed = "${relaxed}";\n`;
  await mkdir(CACHE, { recursive: true });
  const unfinished = `${place}.${randomUUID()}`; // page and worker are built side by side
  await writeFile(unfinished, code);
  await rename(unfinished, place);
  return code;
}

/**
 * Module `virtual:kernels`: the kernels as base64, with and without relaxed SIMD. 25 KB in the
 * worker's own file need no request, work in a page of one file, and are the same in Node.
 */
export function kernels(): Plugin {
  let compiled: Promise<string> | null = null;
  return {
    name: "kernels",
    resolveId: (id) => (id === NAME ? `\0${NAME}` : null),
    async load(id) {
      if (id !== `\0${NAME}`) return null;
      for (const file of await sources()) this.addWatchFile(file);
      compiled ??= build();
      return compiled;
    },
  };
}

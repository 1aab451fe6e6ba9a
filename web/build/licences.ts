/** Vite plugin: the licences of the packages whose code is in the page, beside it. */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";

export const LICENCES = "licences.txt";

const PACKAGE = /node_modules\/((?:@[^/]+\/)?[^/]+)\//;

/** Emits `licences.txt`; fails for code of a package that it does not name. */
export function licences(): Plugin {
  const source = readFileSync(fileURLToPath(new URL(`../${LICENCES}`, import.meta.url)), "utf8");
  const named = new Set(source.split("\n\n").flatMap((part) => part.split("\n")[0]?.split(", ")));
  const missing = new Set<string>();
  return {
    name: "licences",
    generateBundle(_options, bundle) {
      for (const part of Object.values(bundle)) {
        if (part.type !== "chunk") continue;
        for (const id of Object.keys(part.modules)) {
          const name = PACKAGE.exec(id)?.[1];
          if (name !== undefined && !named.has(name)) missing.add(name);
        }
      }
      if (missing.size > 0) throw new Error(`${LICENCES} does not name ${[...missing].join(", ")}`);
      this.emitFile({ type: "asset", fileName: LICENCES, source });
    },
  };
}

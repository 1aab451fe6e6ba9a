/** Vite plugins that make ONNX Runtime's files part of the page. */

import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Plugin } from "vite";

const SUFFIX = "?gzip";

/**
 * `import url, { size } from "file.wasm?gzip"`: the file, compressed, as an asset; its bytes before. Static servers do not
 * compress WebAssembly reliably, and 14 MB become 3.7.
 */
export function gzipped(single: boolean): Plugin {
  let serves = false;
  return {
    name: "gzipped",
    enforce: "pre",
    configResolved(config) {
      serves = config.command === "serve";
    },
    async resolveId(id, importer) {
      if (!id.endsWith(SUFFIX)) return null;
      const file = await this.resolve(id.slice(0, -SUFFIX.length), importer, { skipSelf: true });
      return file ? `${file.id.split("?")[0]}${SUFFIX}` : null;
    },
    load(id) {
      if (!id.endsWith(SUFFIX)) return null;
      const file = id.slice(0, -SUFFIX.length);
      const content = readFileSync(file);
      const size = `export const size = ${content.length};\n`;
      if (serves) return `${size}export default ${JSON.stringify(`/@fs/${file}`)};`;
      const source = gzipSync(content, { level: 9 });
      if (single) {
        const data = `data:application/gzip;base64,${source.toString("base64")}`;
        return `${size}export default ${JSON.stringify(data)};`;
      }
      const place = this.emitFile({ type: "asset", name: `${basename(file)}.gz`, source });
      return `${size}export default import.meta.ROLLUP_FILE_URL_${place};`;
    },
  };
}

/** ONNX Runtime gets its WebAssembly as bytes: the file that its script refers to is left out. */
export function withoutWasm(): Plugin {
  return {
    name: "without-wasm",
    enforce: "pre",
    transform(code, id) {
      if (!/onnxruntime-web\/dist\/.*\.mjs/.test(id)) return null;
      const reference = /new URL\("ort-wasm-simd-threaded[.\w]*\.wasm",import\.meta\.url\)\.href/g;
      return { code: code.replace(reference, '""'), map: null };
    },
  };
}

/** In the single-file build workers are part of the page. */
export function inlineWorkers(single: boolean): Plugin {
  return {
    name: "inline-workers",
    enforce: "pre",
    async resolveId(id, importer) {
      if (!single || !id.endsWith("?worker")) return null;
      return this.resolve(`${id}&inline`, importer, { skipSelf: true });
    },
  };
}

/**
 * Leaves out the compressed files that another page of the package has: its server looks for them
 * there. Names carry a hash of the content, so equal names are equal files.
 */
export function once(other: string | null): Plugin {
  return {
    name: "once",
    enforce: "post",
    apply: () => other !== null,
    generateBundle: {
      order: "post",
      handler(_options, bundle) {
        if (other === null) return;
        for (const file of Object.keys(bundle)) {
          if (!file.endsWith(".gz")) continue;
          if (existsSync(join(other, file))) delete bundle[file];
          else this.warn(`${file} is not in ${other}: build the page of the web export first`);
        }
      },
    },
  };
}

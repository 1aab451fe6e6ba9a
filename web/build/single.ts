/** Vite plugin of the mode "single": script and styles are put into the page. */

import { createHash } from "node:crypto";
import type { Plugin } from "vite";
import { LICENCES } from "./licences";

const SCRIPT = /<script type="module"[^>]* src="\.\/([^"]+)"><\/script>/;
const STYLES = /<link rel="stylesheet"[^>]* href="\.\/([^"]+)">/g;
const POLICY = /(http-equiv="Content-Security-Policy"\s+content=")[^"]*"/;

/** More means that the WebAssembly of WebGPU has come in, for which there is no place. */
const MOST_BYTES = 8_000_000;

/** Policy of a page without files: no connection at all; workers are made of the page's own text. */
const policy = (hash: string): string =>
  [
    "default-src 'none'",
    `script-src '${hash}' 'wasm-unsafe-eval'`,
    "worker-src blob:",
    "style-src 'unsafe-inline'",
    "img-src blob: data:",
    "media-src blob:",
    "font-src data:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");

export function singleFile(single: boolean): Plugin {
  return {
    name: "single-file",
    enforce: "post",
    apply: () => single,
    generateBundle: {
      order: "post", // after Vite has finished the chunks
      handler(_options, bundle) {
        const text = (file: string): string => {
          const part = bundle[file];
          if (!part) throw new Error(`the page needs ${file}, and it was not built`);
          delete bundle[file];
          return part.type === "chunk" ? part.code : String(part.source);
        };
        const page = bundle["index.html"];
        if (page?.type !== "asset") return;
        const html = String(page.source);
        const name = SCRIPT.exec(html)?.[1];
        if (name === undefined) throw new Error("index.html has no module script");
        // neither may end or hide the script: the parser of HTML does not know JavaScript
        const script = text(name).replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--");
        const hash = `sha256-${createHash("sha256").update(script).digest("base64")}`;
        page.source = html
          .replace(STYLES, (_link, file: string) => `<style>${text(file)}</style>`)
          .replace(POLICY, (_policy, start: string) => `${start}${policy(hash)}"`)
          .replace(SCRIPT, () => `<script type="module">${script}</script>`);
        const licences = text(LICENCES).replaceAll("</script", "<\\/script");
        page.source = page.source.replace(
          /<\/body>\s*<\/html>\s*$/,
          (end) => `<script type="text/plain" id="licences">${licences}</script>${end}`,
        );
        if (script.includes("__VITE_")) throw new Error("a placeholder is left in the script");
        const size = page.source.length;
        if (size > MOST_BYTES) throw new Error(`the page that is one file has ${size} bytes`);
        const left = Object.keys(bundle).filter((file) => file !== "index.html");
        if (left.length > 0) throw new Error(`not in the page: ${left.join(", ")}`);
      },
    },
  };
}

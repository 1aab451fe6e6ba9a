import { fileURLToPath } from "node:url";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";
import { kernels } from "./build/kernels";
import { licences } from "./build/licences";
import { gzipped, inlineWorkers, once, withoutWasm } from "./build/runtime";
import { singleFile } from "./build/single";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const ROOTS: Readonly<Record<string, string>> = {
  harness: "./tests/harness",
  studio: "./src/pages/studio",
};
const PACKAGE = "../src/convscope";
const EXPORT = `${PACKAGE}/export/web/page`;
const FOLDERS: Readonly<Record<string, string>> = {
  single: `${EXPORT}/single`,
  studio: `${PACKAGE}/server/studio/page`,
};

/** Name of a chunk in the folder of what is built: that of a view has the view's name. */
function chunkName({ name, facadeModuleId }: { name: string; facadeModuleId?: string | null }) {
  const view = /\/views\/([\w/]+)\/View\.svelte$/.exec(facadeModuleId ?? "")?.[1];
  return `assets/${view === undefined ? name : `view-${view.replace("/", "-")}`}-[hash].js`;
}

// The page of `convscope export --to web`; the Python package carries what is built here. Modes:
// single (one HTML file), studio (the page of `convscope studio`; ONNX Runtime's files are those of
// the export's page, which is built before), harness (parts without a page, for the tests in e2e/).
export default defineConfig(({ mode }) => {
  const single = mode === "single";
  const rolldownOptions = { output: { codeSplitting: !single, chunkFileNames: chunkName } };
  const files = () => [gzipped(single), withoutWasm(), inlineWorkers(single), kernels()];
  return {
    root: here(ROOTS[mode] ?? "./src/pages/export"),
    base: "./",
    publicDir: false as const,
    plugins: [
      svelte({ configFile: here("./svelte.config.js") }),
      ...files(),
      licences(),
      singleFile(single),
      once(mode === "studio" ? here(EXPORT) : null),
    ],
    resolve: { alias: { $: here("./src") } },
    optimizeDeps: { exclude: ["onnxruntime-web"] },
    // from file:// browsers start no module as a worker
    worker: {
      format: single ? ("iife" as const) : ("es" as const),
      plugins: files,
      rolldownOptions,
    },
    build: {
      outDir: here(FOLDERS[mode] ?? EXPORT),
      emptyOutDir: true,
      target: "es2022",
      assetsInlineLimit: 0,
      modulePreload: single ? (false as const) : { polyfill: false },
      reportCompressedSize: false,
      cssCodeSplit: !single,
      rolldownOptions,
    },
    test: { root: here("."), include: ["src/**/*.test.ts", "tests/**/*.test.ts"] },
  };
});

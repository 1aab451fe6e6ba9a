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
  course: "./src/pages/course",
};
const PACKAGE = "../src/convscope";
const EXPORT = `${PACKAGE}/export/web/page`;
const FOLDERS: Readonly<Record<string, string>> = {
  single: `${EXPORT}/single`,
  studio: `${PACKAGE}/server/studio/page`,
  course: "../build/site",
};
const COURSE_PAGES = ["index.html", "embed.html"].map((name) => `./src/pages/course/${name}`);

/** Name of a chunk in the folder of what is built: that of a view or figure has its name. */
function chunkName({ name, facadeModuleId }: { name: string; facadeModuleId?: string | null }) {
  const module = facadeModuleId ?? "";
  const view = /\/views\/([\w/]+)\/View\.svelte$/.exec(module)?.[1];
  const figure = /\/figures\/(\w+)\/Figure\.svelte$/.exec(module)?.[1];
  if (view !== undefined) return `assets/view-${view.replace("/", "-")}-[hash].js`;
  return `assets/${figure === undefined ? name : `figure-${figure}`}-[hash].js`;
}

// The page of `convscope export --to web`; the Python package carries what is built here. Modes:
// single (one HTML file), studio (the page of `convscope studio`; ONNX Runtime's files are those of
// the export's page, which is built before), course (the static site, which tools/site.py completes),
// harness (parts without a page, for the tests in e2e/).
export default defineConfig(({ mode }) => {
  const single = mode === "single";
  const rolldownOptions = {
    output: { codeSplitting: !single, chunkFileNames: chunkName },
    ...(mode === "course" ? { input: COURSE_PAGES.map(here) } : {}),
  };
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

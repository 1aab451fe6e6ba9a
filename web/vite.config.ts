import { fileURLToPath } from "node:url";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";
import { kernels } from "./build/kernels";
import { licences } from "./build/licences";
import { gzipped, inlineWorkers, withoutWasm } from "./build/runtime";
import { singleFile } from "./build/single";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

// The page of `convscope export --to web`; the Python package carries what is built here. Modes:
// single (one HTML file), harness (parts without a page, for the tests in e2e/).
export default defineConfig(({ mode }) => {
  const single = mode === "single";
  const rolldownOptions = { output: { codeSplitting: !single } };
  const files = () => [gzipped(single), withoutWasm(), inlineWorkers(single), kernels()];
  return {
    root: here(mode === "harness" ? "./tests/harness" : "./src/pages/export"),
    base: "./",
    publicDir: false as const,
    plugins: [
      svelte({ configFile: here("./svelte.config.js") }),
      ...files(),
      licences(),
      singleFile(single),
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
      outDir: here(`../src/convscope/export/web/page${single ? "/single" : ""}`),
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

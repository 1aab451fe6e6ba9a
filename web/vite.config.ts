import { fileURLToPath } from "node:url";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

// The page of `convscope export --to web`. The Python package carries what is built here.
export default defineConfig({
  root: here("./src/pages/export"),
  base: "./",
  publicDir: false,
  plugins: [svelte()],
  resolve: { alias: { $: here("./src") } },
  worker: { format: "es" },
  build: {
    outDir: here("../src/convscope/export/web/page"),
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  test: { root: here("."), include: ["src/**/*.test.ts", "tests/**/*.test.ts"] },
});

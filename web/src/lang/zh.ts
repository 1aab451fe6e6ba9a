import type { Texts } from "$/lang/index.svelte";

/** Chinese texts of the pages. */
export const zh: Texts = {
  title: "浏览器中的 {name}",
};

/** English texts of the pages. The Chinese ones have the same keys: `zh.ts`. */
export const en = {
  title: "{name} in your browser",
} as const;

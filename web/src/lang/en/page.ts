/** Header, tabs and failures of the page. */
export const page = {
  "page.title": "{name} in your browser",
} as const;

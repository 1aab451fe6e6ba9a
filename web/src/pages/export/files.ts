/** Files of the export: beside the page, or inside it where all is one HTML file. */

import { folderSource, inlineSource } from "$/run";
import type { Source } from "$/run/types";

/** Id of the element that holds the files of `model/` as base64, by name. */
const ELEMENT = "files";

export function exportSource(): Source {
  const text = document.getElementById(ELEMENT)?.textContent;
  if (text === undefined) return folderSource("model/");
  return inlineSource(JSON.parse(text) as Record<string, string>);
}

/** Addresses of the site: #chapter=ID, #page=teach, #page=sheet&chapter=ID. */

import type { Links } from "$/course/context";
import type { State } from "$/figures/types";
import { address, link, written } from "$/views/address.svelte";

/** Values that are not settings of figures. */
const OWN = ["page", "chapter", "section", "lang", "theme"];

/** Settings of the figures, which stay in a link to the same chapter. */
const figures = (): State =>
  Object.fromEntries(Object.entries(address.all).filter(([key]) => !OWN.includes(key)));

export const links: Links = {
  home: () => link({}),
  chapter: (id, section = "") =>
    link({
      chapter: id,
      section,
      ...(section !== "" && id === address.get("chapter") ? figures() : {}),
    }),
  sheet: (id) => link({ page: "sheet", chapter: id }),
  embed: (lab, settings) =>
    new URL(`embed.html#${written({ figure: lab, ...settings })}`, location.href).href,
};

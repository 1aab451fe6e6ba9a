/** Addresses of the course in the studio: #view=lessons&chapter=ID, #view=lessons&sheet=ID. */

import type { Links } from "$/course/context";
import type { State } from "$/figures/types";
import { address, link } from "$/views/address.svelte";

/** Settings of figures have a dot or are those of `course/settings`; all others are the view's. */
const OWN = ["view", "chapter", "section", "sheet", "lang", "theme"];

const figures = (): State =>
  Object.fromEntries(Object.entries(address.all).filter(([key]) => !OWN.includes(key)));

export const links: Links = {
  home: () => link({ view: "lessons" }),
  chapter: (id, section = "") =>
    link({
      view: "lessons",
      chapter: id,
      section,
      ...(section !== "" && id === address.get("chapter") ? figures() : {}),
    }),
  sheet: (id) => link({ view: "lessons", sheet: id }),
  embed: null, // the studio is open on this machine only
};

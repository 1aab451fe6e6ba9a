/** Texts of the buttons that mend a network. */

import { text, type Key } from "$/lang/index.svelte";
import type { Fix } from "./records";

const KEYS: Readonly<Record<string, Key>> = {
  set: "build.fix.set",
  insert: "build.fix.insert",
  append: "build.fix.append",
  remove: "build.fix.remove",
  projection: "build.fix.projection",
  unwrap: "build.fix.unwrap",
  replace: "build.fix.replace",
  rename: "build.fix.rename",
  drop: "build.fix.drop",
  reset: "build.fix.reset",
  input: "build.fix.input",
  classes: "build.fix.classes",
};

/** Return what a fix does. */
export function fixText(fix: Fix): string {
  const key = KEYS[fix.kind] ?? "build.fix.other";
  const { path = "", settings = "", type = "", name = "" } = fix.values;
  // settings of the block itself need no path
  const own = fix.kind === "set" && path === fix.path;
  const values = { path: path || text("build.theEnd"), settings, type, name };
  return text(own ? "build.fix.setOwn" : key, values);
}

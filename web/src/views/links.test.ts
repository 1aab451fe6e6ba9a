/** Links between views: each names only values that the view reads. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { VIEWS } from "$/pages/studio/views";

const HERE = import.meta.dirname;

/** Values that a view reads by a name that it puts together. */
const FURTHER: Readonly<Record<string, readonly string[]>> = {
  lessons: ["section"],
  training: ["network", "recipe", "set", "input", "network2", "recipe2", "set2", "input2"],
};

const texts = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(svelte|ts)$/.test(name) && !name.endsWith(".test.ts"))
    .map((name) => readFileSync(join(folder, name), "utf8"));

/** Values that the view of a folder reads. */
function readBy(view: string): Set<string> {
  const source = texts(join(HERE, view)).join("\n");
  const names = [...source.matchAll(/\.\s*get\(\s*"(\w+)"\s*\)/g)].map((match) => match[1] ?? "");
  return new Set([...names, ...(FURTHER[view] ?? []), "view", "lang", "theme"]);
}

/** Links in a text: the view, and the names of the values beside it. */
function linksIn(source: string): (readonly [view: string, names: readonly string[]])[] {
  return [...source.matchAll(/\{\s*view: "(\w+)"((?:[^{}]|\{[^{}]*\})*)\}/g)].map((match) => {
    const rest = (match[2] ?? "").replace(/\.\.\.\([^()]*\)/g, "").replace(/\([^()]*\)/g, "");
    const names = [...rest.matchAll(/(?:^|,)\s*(\w+)\s*(?=[:,]|$)/g)].map(([, name]) => name ?? "");
    return [match[1] ?? "", names];
  });
}

test("a link is read with its names", () => {
  expect(linksIn('link({ view: "zoo", net: card.name, tab })')).toEqual([["zoo", ["net", "tab"]]]);
  expect(linksIn('open({\n view: "look",\n index: String(index),\n})')).toEqual([
    ["look", ["index"]],
  ]);
});

test("each link names a view and values that it reads", () => {
  const views = new Map(VIEWS.map(({ id }) => [id, readBy(id)]));
  const links = [...texts(HERE), ...texts(join(HERE, "../pages/studio"))].flatMap(linksIn);
  expect(links.length).toBeGreaterThan(20);
  const unread = links.flatMap(([view, names]) =>
    names.filter((name) => !views.get(view)?.has(name)).map((name) => `${view}: ${name}`),
  );
  expect(unread).toEqual([]);
});

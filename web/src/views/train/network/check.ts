/** An architecture as text of the editor: read, checked, and every fault at its place. */

import { supports } from "$/engine";
import type { Architecture, Problem } from "$/engine/types";
import { architectureOf } from "../setup";
import { lineOf, parsePlaced, placeOf } from "$/blocks/places";

export type Checked =
  | { readonly architecture: Architecture; readonly problem: null }
  | { readonly architecture: null; readonly problem: Problem; readonly line: number };

/** Return the architecture of a text, or its first fault with the line, from 1. */
export function checked(text: string): Checked {
  const placed = parsePlaced(text);
  if ("kind" in placed) {
    const { line, column } = lineOf(text, placed.at);
    const problem: Problem = { key: `train.json.${placed.kind}`, values: { line, column } };
    return { architecture: null, problem, line };
  }
  const architecture = architectureOf(placed.value);
  if (!architecture) {
    return { architecture: null, problem: { key: "train.json.form", values: {} }, line: 1 };
  }
  const problem = supports(architecture);
  if (!problem) return { architecture, problem: null };
  const path = problem.values.path ?? problem.values.where ?? "";
  const { line } = lineOf(text, placeOf(placed, String(path)));
  return { architecture: null, problem, line };
}

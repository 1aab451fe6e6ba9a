/** The layers that stand in space: one for a convolution with what follows it. */

import type { Role, Step } from "$/model/types";

/** A layer that is shown; "" is the prepared image. */
export interface Sheet {
  readonly path: string;
  /** Path of the layer that names it: the convolution before an activation. */
  readonly name: string;
  readonly role: Role;
  readonly label: string;
  readonly shape: readonly number[];
  /** Sheets that it is computed from. */
  readonly inputs: readonly string[];
  /** Longest way from the image. */
  readonly level: number;
}

/** Roles that are shown together with the layer before them. */
const FOLLOWERS: ReadonlySet<Role> = new Set(["normalisation", "activation"]);
/** Roles that change no number, or only where it stands. */
const CLEAR: ReadonlySet<Role> = new Set(["dropout", "padding", "shortcut"]);

const units = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);

/** Return the sheets in the order in which they are computed, the image first. */
export function sheetsOf(steps: readonly Step[], input: readonly number[]): readonly Sheet[] {
  const hidden = hiddenPaths(steps);
  const shapes = new Map<string, readonly number[]>([["", input]]);
  const leaders = new Map<string, Step>();
  const origins = new Map<string, readonly string[]>([["", [""]]]);
  const levels = new Map([["", 0]]);
  const image: Sheet = {
    path: "",
    name: "",
    role: "preprocessing",
    label: "",
    shape: input,
    inputs: [],
    level: 0,
  };
  const sheets = [image];
  for (const step of steps) {
    const first = step.inputs[0] ?? "";
    const follows = FOLLOWERS.has(step.role) && hidden.has(first);
    const leader = (follows && leaders.get(first)) || step;
    leaders.set(step.path, leader);
    shapes.set(step.path, step.shape);
    const inputs = [...new Set(step.inputs.flatMap((path) => origins.get(path) ?? []))];
    if (hidden.has(step.path)) {
      origins.set(step.path, inputs);
      continue;
    }
    const level = 1 + Math.max(...inputs.map((path) => levels.get(path) ?? 0));
    origins.set(step.path, [step.path]);
    levels.set(step.path, level);
    const { path, shape } = step;
    const { path: name, role, label } = leader;
    sheets.push({ path, name, role, label, shape, inputs, level });
  }
  return sheets;
}

/** Return the layers that are not shown: those that a follower completes, and those that move numbers. */
export function hiddenPaths(steps: readonly Step[]): ReadonlySet<string> {
  const readers = new Map<string, Step[]>();
  const shapes = new Map(steps.map((step) => [step.path, step.shape]));
  for (const step of steps)
    for (const path of step.inputs) readers.set(path, [...(readers.get(path) ?? []), step]);
  const hidden = new Set<string>();
  for (const step of steps) {
    const reading = readers.get(step.path) ?? [];
    if (reading.length === 0) continue; // the output of the network is shown always
    const [only] = reading;
    const completed = reading.length === 1 && only && FOLLOWERS.has(only.role);
    const before = shapes.get(step.inputs[0] ?? "");
    const moves = step.role === "shape" && before && units(before) === units(step.shape);
    if (completed || moves || CLEAR.has(step.role)) hidden.add(step.path);
  }
  return hidden;
}

/** Return how many units all sheets have together. */
export function numUnits(sheets: readonly Sheet[]): number {
  return sheets.reduce((sum, sheet) => sum + units(sheet.shape), 0);
}

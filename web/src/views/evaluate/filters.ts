/** Filters of images that combine: all must hold. Their text is in the address. */

import { isRight, type Results } from "$/views/evaluate/results";
import { pointsInside, read, written, type Region } from "$/views/evaluate/lasso";
import { ranges } from "$/thumbnails/sheets";

export interface Filters {
  /** Number of the true class, and of the predicted one. */
  readonly label: number | null;
  readonly predicted: number | null;
  readonly outcome: "right" | "wrong" | null;
  /** Bounds of the probability of the predicted class, both included. */
  readonly confidence: readonly [number, number] | null;
  readonly loss: readonly [number, number] | null;
  /** A part of the plane. */
  readonly region: Region | null;
  /** Images that were selected in the grid. */
  readonly images: readonly number[] | null;
  /** Where a second model predicts another class, or where one of the two is right. */
  readonly versus: Versus | null;
}

export const VERSUS = ["differ", "first", "second", "neither"] as const;
export type Versus = (typeof VERSUS)[number];
export type Name = keyof Filters;

export const NO_FILTERS: Filters = {
  label: null,
  predicted: null,
  outcome: null,
  confidence: null,
  loss: null,
  region: null,
  images: null,
  versus: null,
};

/** Return the numbers of the images that pass all filters, in order. */
export function filtered(
  results: Results,
  filters: Filters,
  second: Results | null = null,
): number[] {
  const { label, predicted, outcome, confidence, loss } = filters;
  const inside = filters.region ? new Set(pointsInside(results.points, filters.region)) : null;
  const chosen = filters.images ? new Set(filters.images) : null;
  const kept: number[] = [];
  const within = (value: number, bounds: readonly [number, number] | null): boolean =>
    bounds === null || (value >= bounds[0] && value <= bounds[1]);
  for (let i = 0; i < results.num; i += 1) {
    if (label !== null && results.label[i] !== label) continue;
    if (predicted !== null && results.predicted[i] !== predicted) continue;
    if (outcome !== null && (outcome === "right") !== isRight(results, i)) continue;
    if (!within(results.confidence[i] ?? 0, confidence)) continue;
    if (!within(results.loss[i] ?? 0, loss)) continue;
    if (inside && !inside.has(i)) continue;
    if (chosen && !chosen.has(i)) continue;
    if (filters.versus && second && !compares(results, second, i, filters.versus)) continue;
    kept.push(i);
  }
  return kept;
}

function compares(first: Results, second: Results, i: number, versus: Versus): boolean {
  const [one, two] = [isRight(first, i), isRight(second, i)];
  switch (versus) {
    case "differ":
      return first.predicted[i] !== second.predicted[i];
    case "first":
      return one && !two;
    case "second":
      return two && !one;
    case "neither":
      return !one && !two;
  }
}

const LONGEST = 1500; // characters of a selection in the address

const pair = (bounds: readonly [number, number] | null): string =>
  bounds === null ? "" : bounds.map((value) => Number(value.toPrecision(4))).join("~");
const whole = (value: number | null): string => (value === null ? "" : String(value));

/** Return filters as values of the address; a selection that is too long is left out. */
export function toAddress(filters: Filters): Record<string, string> {
  const images = filters.images === null ? "" : ranges(filters.images);
  return {
    true: whole(filters.label),
    predicted: whole(filters.predicted),
    outcome: filters.outcome ?? "",
    confidence: pair(filters.confidence),
    loss: pair(filters.loss),
    region: filters.region === null ? "" : written(filters.region),
    images: images.length > LONGEST ? "" : images,
    versus: filters.versus ?? "",
  };
}

/** Return the filters in an address; what does not fit the results is left out. */
export function fromAddress(
  get: (key: string) => string,
  numClasses: number,
  num: number,
): Filters {
  const ofClass = (text: string): number | null =>
    /^\d{1,6}$/.test(text) && Number(text) < numClasses ? Number(text) : null;
  const bounds = (text: string): readonly [number, number] | null => {
    const [low, high, rest] = text.split("~").map(Number);
    if (text === "" || low === undefined || high === undefined || rest !== undefined) return null;
    return low <= high ? [low, high] : null;
  };
  const outcome = get("outcome");
  const region = get("region");
  return {
    label: ofClass(get("true")),
    predicted: ofClass(get("predicted")),
    outcome: outcome === "right" || outcome === "wrong" ? outcome : null,
    confidence: bounds(get("confidence")),
    loss: bounds(get("loss")),
    region: region === "" ? null : read(region),
    images: numbersIn(get("images"), num),
    versus: VERSUS.find((one) => one === get("versus")) ?? null,
  };
}

/** Return the numbers of a text such as "0-63,70" below a bound; null for another text. */
export function numbersIn(text: string, below: number): number[] | null {
  if (!/^\d{1,9}(-\d{1,9})?(,\d{1,9}(-\d{1,9})?)*$/.test(text)) return null;
  const numbers: number[] = [];
  for (const part of text.split(",")) {
    const [first = 0, last = first] = part.split("-").map(Number);
    for (let i = first; i <= Math.min(last, below - 1); i += 1) numbers.push(i);
  }
  return numbers;
}

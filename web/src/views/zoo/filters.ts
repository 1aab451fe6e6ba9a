/** Which networks of the zoo are shown, and in which order. */

import { matching, sorted } from "$/table/rows";
import type { Column, Sorting } from "$/table/types";
import type { Entry } from "$/views/zoo/records";

export const FAMILIES = ["classic", "inception", "residual", "mobile"] as const;
export type Family = (typeof FAMILIES)[number];

/** Numbers of parameters, from (inclusive) and to (exclusive). */
export const SIZES = {
  tiny: [0, 1e6],
  small: [1e6, 5e6],
  medium: [5e6, 2e7],
  large: [2e7, 6e7],
  huge: [6e7, Infinity],
} as const satisfies Readonly<Record<string, readonly [number, number]>>;
export type Size = keyof typeof SIZES;

/** Years of the papers, first and last. */
export const YEARS = {
  "1998": [0, 2011],
  "2012": [2012, 2014],
  "2015": [2015, 2016],
  "2017": [2017, 2018],
  "2019": [2019, 2020],
  "2021": [2021, 9999],
} as const satisfies Readonly<Record<string, readonly [number, number]>>;
export type Years = keyof typeof YEARS;

export interface Filters {
  readonly search: string;
  readonly family: string;
  readonly size: string;
  readonly years: string;
  readonly data: string;
  /** Only networks with weights on this machine. */
  readonly here: boolean;
}

const between = (
  ranges: Readonly<Record<string, readonly [number, number]>>,
  key: string,
): readonly [number, number] => ranges[key] ?? [-Infinity, Infinity];

/** Return the entries that fit all filters; an unknown value of a filter means any. */
export function filtered(
  entries: readonly Entry[],
  columns: readonly Column<Entry>[],
  filters: Filters,
): readonly Entry[] {
  const size = between(SIZES, filters.size);
  const years = between(YEARS, filters.years);
  const hasFamily = FAMILIES.some((family) => family === filters.family);
  const found = entries.filter(({ card, weights }) => {
    const year = card.paper?.year ?? 0;
    return (
      (!hasFamily || card.family === filters.family) &&
      card.parameters >= size[0] &&
      card.parameters < size[1] &&
      (!(filters.years in YEARS) || (year >= years[0] && year <= years[1] && year > 0)) &&
      (filters.data === "" || card.result?.data === filters.data) &&
      (!filters.here || weights.some((each) => each.is_here))
    );
  });
  return matching(found, [...columns, WORDS], filters.search);
}

/** What the search finds beside the cells of the table. */
const WORDS: Column<Entry> = {
  id: "words",
  title: "",
  value: ({ card }) =>
    [
      card.group,
      card.summary,
      card.family,
      card.paper?.title ?? "",
      card.paper?.authors ?? "",
    ].join("\n"),
};

/** Return the networks in the order in which they are shown as cards. */
export function ordered(
  entries: readonly Entry[],
  columns: readonly Column<Entry>[],
  sorting: Sorting | null,
): readonly Entry[] {
  return sorted(entries, columns, sorting);
}

/** Return whether a filter leaves something out. */
export const isFiltered = (filters: Filters): boolean =>
  filters.here ||
  [filters.search, filters.family, filters.size, filters.years, filters.data].some(Boolean);

/** Return those that no other one beats in both: least cost with the highest accuracy. */
export function frontier<T extends { readonly x: number; readonly y: number }>(
  points: readonly T[],
): readonly T[] {
  let best = -Infinity;
  return [...points]
    .sort((a, b) => a.x - b.x || b.y - a.y)
    .filter(({ y }) => {
      if (y <= best) return false;
      best = y;
      return true;
    });
}

/** Numbers of a network as people write them. */

import { number } from "$/lang/index.svelte";

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

/** Return a number of bytes with a unit: 1536 -> 1.5 KiB. */
export function bytesText(bytes: number): string {
  let size = bytes;
  let unit = 0;
  while (size >= 1024 && unit < UNITS.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${number(size, 3)} ${UNITS[unit] ?? ""}`;
}

const STEPS: readonly (readonly [number, string])[] = [
  [1e12, "T"],
  [1e9, "G"],
  [1e6, "M"],
];

/** Return a large number shortened: 25,557,032 -> 25.6 M; whole ones below a million. */
export function countText(count: number): string {
  const step = STEPS.find(([size]) => count >= size);
  return step ? `${number(count / step[0], 4)} ${step[1]}` : number(count, 6);
}

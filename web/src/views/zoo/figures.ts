/** Figures of networks as short texts. */

import { choice, number, percent, text } from "$/lang/index.svelte";
import type { Card, Result } from "$/views/zoo/records";

const UNITS = [
  [1e9, "G"],
  [1e6, "M"],
  [1e3, "k"],
] as const;

/** 11,689,512 -> "11.7 M"; three significant digits. */
export function short(value: number): string {
  const [size, unit] = UNITS.find(([least]) => value >= 0.9995 * least) ?? [1, ""];
  return unit ? `${number(value / size, 3)} ${unit}` : number(value, 3);
}

/** 1,234,567 -> "1.2 MB", in decimal units. */
export function bytes(value: number): string {
  return value >= 1000 ? `${short(value).replace("k", "k")}B` : `${number(value, 3)} B`;
}

/** [3, 224, 224] -> "3 × 224 × 224". */
export const sizes = (shape: readonly number[]): string => shape.join(" × ");

/** [7, 7] -> "7", [1, 7] -> "1 × 7". */
export const by = ([rows, columns]: readonly [number, number]): string =>
  rows === columns ? number(rows, 9) : `${number(rows, 9)} × ${number(columns, 9)}`;

/** Accuracy in per cent that a published error means; null where none was published. */
export function accuracy(result: Result | null): number | null {
  const error = result?.top1 ?? result?.top5 ?? null;
  return error === null ? null : 100 - error;
}

/** "top-1 69.8 %", of ImageNet's top-5 where no top-1 was published. */
export function accuracyText(result: Result | null): string {
  const value = accuracy(result);
  if (!result || value === null) return "";
  const share = percent(value / 100, 1);
  return result.top1 === null ? text("zoo.top5", { share }) : text("zoo.top1", { share });
}

/** Return the networks of a paper in a few words: the part of the heading before the colon. */
export function groupName(card: Card): string {
  const [name = "", about] = card.group.split(/[:：]/, 2);
  return about === undefined ? card.group.replace(/[.。]$/, "") : name;
}

/** A number of milliseconds with three digits. */
export function milliseconds(value: number): string {
  return `${number(value, 3)} ms`;
}

/** A date and a time in the language of the page; of seconds since 1970. */
export function dateText(seconds: number): string {
  return new Intl.DateTimeFormat(choice.language === "zh" ? "zh-CN" : "en-GB", {
    dateStyle: "medium",
    timeStyle: "short",
  }).format(1000 * seconds);
}

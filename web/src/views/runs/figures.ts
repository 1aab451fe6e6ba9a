/** Figures of runs as short texts. */

import { choice, number, percent, text } from "$/lang/index.svelte";

export const share = (value: number | null, digits = 2): string =>
  value === null ? "" : percent(value, digits);

/** 7 s, 12 min, 3 h 5 min. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return text("runs.seconds", { num: whole });
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return text("runs.minutes", { num: minutes, rest: whole % 60 });
  return text("runs.hours", { num: number(Math.floor(minutes / 60), 9), rest: minutes % 60 });
}

/** A date and a time; of ISO 8601. */
export function dateText(iso: string | null): string {
  if (iso === null) return "";
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  return new Intl.DateTimeFormat(choice.language === "zh" ? "zh-CN" : "en-GB", {
    dateStyle: "medium",
    timeStyle: "short",
  }).format(date);
}

/** Names without the folder that all of them have. */
export const shortName = (name: string): string => name.replace(/^(runs|sweeps)\//, "");

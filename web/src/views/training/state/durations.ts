/** Durations as people write them. */

import { number, text } from "$/lang/index.svelte";

/** Return seconds as 0.4 s, 12 s, 3 min 20 s, 2 h 05 min or 3 d 4 h; "–" if they are not known. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return "–";
  if (seconds < 9.95) return text("training.seconds", { seconds: number(seconds, 2) });
  const whole = Math.round(seconds);
  if (whole < 60) return text("training.seconds", { seconds: whole });
  const two = (value: number): string => String(value).padStart(2, "0");
  if (whole < 3600)
    return text("training.minutes", { minutes: Math.floor(whole / 60), seconds: two(whole % 60) });
  const minutes = Math.round(seconds / 60);
  if (minutes < 48 * 60)
    return text("training.hours", { hours: Math.floor(minutes / 60), minutes: two(minutes % 60) });
  const hours = Math.round(seconds / 3600);
  return text("training.days", { days: Math.floor(hours / 24), hours: hours % 24 });
}

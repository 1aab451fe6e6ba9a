/** Dark and light swapped, and a warning where a model was trained on the reverse. */

import { median } from "$/input/digit/numbers";
import { inverted } from "$/input/pixels";
import type { Input, Target } from "$/input/types";
import type { Picture } from "$/model/types";

const DARK_MEAN = 1 / 3; // MNIST 0.13, Fashion-MNIST 0.29; grey photos 0.45

/**
 * Background of the images that a grey network was trained on, from their mean and deviation in
 * its preprocessing; null for colour images and photos. As `predict.training_background`.
 */
export function trainedOn(preprocessing: unknown, channels: number): Target["trained"] {
  const statistics = channels === 1 ? statisticsOf(preprocessing) : null;
  if (!statistics) return null;
  const [mean, deviation] = statistics;
  if (!(mean > 0 && mean < 1)) return null;
  const isMiddle = mean >= DARK_MEAN && mean <= 1 - DARK_MEAN;
  // hardly any contrast: photos, by day or by night
  if (isMiddle || deviation < Math.min(mean, 1 - mean)) return null;
  return mean < DARK_MEAN ? "dark" : "light";
}

/** Mean and deviation of the block that has them. */
function statisticsOf(preprocessing: unknown): [number, number] | null {
  const { blocks } = (preprocessing ?? {}) as { blocks?: Record<string, unknown> };
  for (const block of Object.values(blocks ?? {})) {
    const { mean, std } = (block ?? {}) as { mean?: unknown; std?: unknown };
    if (!Array.isArray(mean) || !Array.isArray(std)) continue;
    const [m, s] = [Number(mean[0]), Number(std[0])];
    if (Number.isFinite(m) && s > 0) return [m, s];
  }
  return null;
}

/** Return an input with dark and light swapped if `invert`, and with a warning if it seems due. */
export function withInversion(input: Input, invert: boolean, { trained, digits }: Target): Input {
  if (digits) return input;
  const picture = invert ? inverted(input.picture) : input.picture;
  const warns = trained !== null && isReverse(picture, trained);
  const note = trained === "dark" ? "input.lightBackground" : "input.darkBackground";
  const notes = warns ? [...input.notes, { key: note, values: {} } as const] : input.notes;
  return { ...input, picture, notes };
}

/** Whether the border and most of the image are on the other side of the middle. */
function isReverse({ width, height, data }: Picture, trained: "dark" | "light"): boolean {
  const at = (y: number, x: number): number => (data[y * width + x] ?? 0) / 255;
  const rows = Array.from({ length: width }, (_, x) => [at(0, x), at(height - 1, x)]);
  const columns = Array.from({ length: height }, (_, y) => [at(y, 0), at(y, width - 1)]);
  const border = median(Float32Array.from([...rows.flat(), ...columns.flat()]));
  const whole = median(Float32Array.from(data, (value) => value / 255));
  return trained === "dark"
    ? Math.min(border, whole) > 1 - DARK_MEAN
    : Math.max(border, whole) < DARK_MEAN;
}

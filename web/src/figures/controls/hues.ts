/** Colours that tell weights apart, legible on light and dark grounds. */

const GOLDEN_ANGLE = 137.508;

/** Return a colour for a number; neighbours are far apart. */
export const hue = (number: number): string =>
  `oklch(0.66 0.17 ${((25 + number * GOLDEN_ANGLE) % 360).toFixed(1)})`;

/** One piece of work: noise, filter, and how near the result is to the original. */

import { apply } from "$/filters/entries";
import type { Done, Work } from "$/filters/messages";
import { noisy } from "$/filters/noise";
import { psnr, ssim } from "$/filters/quality";

export function done({ original, noise, choice, border }: Work): Done {
  const input = noisy(original, noise);
  const start = performance.now();
  const result = apply(input, choice, border);
  const milliseconds = performance.now() - start;
  const comparable = input !== original && result.view === "same";
  const likeness = (image: typeof original) => ({
    psnr: psnr(image, original),
    ssim: ssim(image, original),
  });
  const quality = comparable ? { before: likeness(input), after: likeness(result) } : null;
  return { input, result, quality, milliseconds };
}

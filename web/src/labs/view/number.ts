/** Numbers that users type. */

const LARGEST = 1e6;

/** Return the number of a text, as 2, -0.5, −0.5 or 1/9; null for any other text. */
export function parsedNumber(text: string): number | null {
  const [above = "", below = "1", ...rest] = text
    .trim()
    .replace(/−/g, "-")
    .replace(",", ".")
    .split("/");
  if (above.trim() === "" || below.trim() === "" || rest.length > 0) return null;
  const value = Number(above) / Number(below);
  return Number.isFinite(value) && Math.abs(value) <= LARGEST ? value : null;
}

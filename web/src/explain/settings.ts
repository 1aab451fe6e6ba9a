/** Reading of a layer's settings; those left out have the default of the layer's class. */

type Settings = Readonly<Record<string, unknown>>;
export type Pair = readonly [height: number, width: number];

export function numberOf(settings: Settings, name: string, fallback: number): number {
  const value = settings[name];
  return typeof value === "number" ? value : fallback;
}

export function flagOf(settings: Settings, name: string, fallback: boolean): boolean {
  const value = settings[name];
  return typeof value === "boolean" ? value : fallback;
}

export function wordOf(settings: Settings, name: string, fallback: string): string {
  const value = settings[name];
  return typeof value === "string" ? value : fallback;
}

/** Return (height, width) of a number or of two. */
export function pairOf(settings: Settings, name: string, fallback: Pair): Pair {
  const value = settings[name];
  if (typeof value === "number") return [value, value];
  if (!Array.isArray(value)) return fallback;
  const [height, width] = value as readonly unknown[];
  return typeof height === "number" && typeof width === "number" ? [height, width] : fallback;
}

export function numbersOf(settings: Settings, name: string): readonly number[] {
  const value = settings[name];
  return Array.isArray(value) ? value.filter((n) => typeof n === "number") : [];
}

export function rowsOf(settings: Settings, name: string): readonly (readonly number[])[] {
  const value = settings[name];
  if (!Array.isArray(value)) return [];
  return value.map((row) =>
    Array.isArray(row) ? row.filter((n): n is number => typeof n === "number") : [],
  );
}

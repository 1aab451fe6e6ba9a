/** What `export --json` and `verify --json` print, read with care. */

export interface Exported {
  readonly files: readonly string[];
  readonly notes: readonly string[];
}

export type Verdict =
  | {
      readonly kind: "agrees";
      readonly num: number;
      /** Images with the same top-1 class. */
      readonly same: number;
      /** Largest difference of an output, relative to the largest output. */
      readonly difference: number;
    }
  | { readonly kind: "differs" }
  | { readonly kind: "written" };

const texts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
const field = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
const amount = (value: unknown): number => (typeof value === "number" ? value : 0);

export const exportOf = (result: unknown): Exported => ({
  files: texts(field(result, "files")),
  notes: texts(field(result, "notes")),
});

export function verdictOf(result: unknown): Verdict {
  if (field(result, "verdict") !== "agrees") return { kind: "differs" };
  const images = field(result, "images");
  return {
    kind: "agrees",
    num: amount(field(images, "num")),
    same: amount(field(images, "same_top1")),
    difference: amount(field(field(images, "difference"), "relative")),
  };
}

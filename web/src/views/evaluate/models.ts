/** Models that can be evaluated, from the list of the studio. */

export interface ModelRow {
  readonly id: string;
  readonly name: string;
  readonly kind: "run" | "file" | "weights";
}

const KINDS = ["run", "file", "weights"] as const;

/** Return the trained models of an answer; untrained architectures are left out. */
export function readModels(answer: unknown): ModelRow[] {
  const rows: unknown = Reflect.get(Object(answer), "models");
  if (!Array.isArray(rows)) return [];
  return rows.flatMap((row: unknown) => {
    const at = (name: string): unknown => Reflect.get(Object(row), name);
    const kind = KINDS.find((one) => one === at("kind"));
    const [id, name] = [at("id"), at("name")];
    return kind && typeof id === "string" && typeof name === "string" ? [{ id, name, kind }] : [];
  });
}

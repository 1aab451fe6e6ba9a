/** The result of `data check --json`, checked: the page trusts no file. */

export interface Place {
  readonly paths: readonly string[];
  readonly detail: string;
}

export interface Found {
  readonly code: string;
  readonly severity: "error" | "warning" | "note";
  readonly message: string;
  readonly fix: string;
  readonly places: readonly Place[];
}

export interface Report {
  readonly ok: boolean;
  readonly numFiles: number;
  readonly findings: readonly Found[];
}

const field = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
const words = (value: unknown): string => (typeof value === "string" ? value : "");
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const SEVERITIES = ["error", "warning", "note"] as const;

/** Return the report in a job's result. */
export function readReport(result: unknown): Report {
  const findings = list(field(result, "findings")).map((one): Found => {
    const severity = field(one, "severity");
    return {
      code: words(field(one, "code")),
      severity: SEVERITIES.find((name) => name === severity) ?? "note",
      message: words(field(one, "message")),
      fix: words(field(one, "fix")),
      places: list(field(one, "places")).map((place) => ({
        paths: list(field(place, "paths")).map(words),
        detail: words(field(place, "detail")),
      })),
    };
  });
  const numFiles = field(result, "num_files");
  return {
    ok: field(result, "ok") === true,
    numFiles: typeof numFiles === "number" ? numFiles : 0,
    findings,
  };
}

const IN_MEMORY = /^(train|val|test)\[(\d{1,10})\]$/;
const IMAGE = /\.(jpe?g|png|webp|bmp|gif|ppm|pgm|tiff?)$/i;

export type Picture =
  | { readonly kind: "image"; readonly split: "train" | "val" | "test"; readonly index: number }
  | { readonly kind: "file"; readonly path: string };

/** Return the picture that a path of a finding names; null for folders, classes and other files. */
export function pictureOf(path: string): Picture | null {
  const [, split, index] = IN_MEMORY.exec(path) ?? [];
  if ((split === "train" || split === "val" || split === "test") && index !== undefined)
    return { kind: "image", split, index: Number(index) };
  return IMAGE.test(path) ? { kind: "file", path } : null;
}

/** Fields of a form, read from a JSON Schema as pydantic writes it. */

export interface Schema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly type?: string;
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly prefixItems?: readonly Schema[];
  readonly items?: Schema | boolean;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly [other: string]: unknown;
}

/** Bounds of a number; `above` and `below` are excluded themselves. */
export interface Bounds {
  readonly least?: number;
  readonly most?: number;
  readonly above?: number;
  readonly below?: number;
}

export interface NumberField extends Bounds {
  readonly kind: "whole" | "number";
}

export interface RecordField {
  readonly kind: "record";
  readonly fields: readonly Named[];
}

export type Field =
  | NumberField
  | { readonly kind: "text"; readonly least: number; readonly most: number }
  | { readonly kind: "switch" }
  | { readonly kind: "choice"; readonly choices: readonly (string | number)[] }
  /** A number for both axes, a pair (height, width), or one of some words. */
  | { readonly kind: "size"; readonly item: NumberField; readonly words: readonly string[] }
  | { readonly kind: "tuple"; readonly items: readonly NumberField[] }
  | {
      readonly kind: "list";
      readonly item: Field;
      readonly least: number;
      readonly most: number;
      /** What a new element starts with. */
      readonly start: unknown;
    }
  | RecordField
  /** One of several records, told apart by the value of their field `tag`. */
  | {
      readonly kind: "variant";
      readonly tag: string;
      readonly options: Readonly<Record<string, RecordField>>;
    }
  | { readonly kind: "optional"; readonly inner: Field; readonly start: unknown }
  /** One of several forms that only JSON can write. */
  | { readonly kind: "json" };

/** A field of a record; `fallback` is its default, of one that is not required. */
export interface Named {
  readonly name: string;
  readonly field: Field;
  readonly required: boolean;
  readonly fallback: unknown;
  readonly description: string;
}

const MOST_DEPTH = 8;
const LONGEST = 10_000;
const MOST_ITEMS = 1_000;

/** Return the field of a schema. References are looked up in `root`. */
export function fieldOf(schema: Schema, root: Schema = schema, depth = 0): Field {
  const plain = resolved(schema, root);
  if (depth > MOST_DEPTH) return { kind: "json" };
  const choices = plain.enum ?? (plain.const === undefined ? undefined : [plain.const]);
  if (choices?.every((each) => typeof each === "string" || typeof each === "number")) {
    return { kind: "choice", choices };
  }
  const union = plain.anyOf ?? plain.oneOf;
  if (union) return unionOf(union, root, depth);
  switch (plain.type) {
    case "integer":
      return { kind: "whole", ...bounds(plain) };
    case "number":
      return { kind: "number", ...bounds(plain) };
    case "boolean":
      return { kind: "switch" };
    case "string":
      return { kind: "text", least: plain.minLength ?? 0, most: plain.maxLength ?? LONGEST };
    case "array":
      return arrayOf(plain, root, depth);
    case "object":
      return plain.properties ? recordOf(plain, root, depth) : { kind: "json" };
    default:
      return { kind: "json" };
  }
}

function resolved(schema: Schema, root: Schema): Schema {
  const name = /^#\/\$defs\/(.+)$/.exec(schema.$ref ?? "")?.[1];
  if (name === undefined) return schema;
  const { $ref: _, ...others } = schema;
  return { ...root.$defs?.[name], ...others };
}

function bounds(schema: Schema): Bounds {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
  return {
    ...(minimum === undefined ? {} : { least: minimum }),
    ...(maximum === undefined ? {} : { most: maximum }),
    ...(exclusiveMinimum === undefined ? {} : { above: exclusiveMinimum }),
    ...(exclusiveMaximum === undefined ? {} : { below: exclusiveMaximum }),
  };
}

function isNumber(field: Field): field is NumberField {
  return field.kind === "whole" || field.kind === "number";
}

function unionOf(union: readonly Schema[], root: Schema, depth: number): Field {
  const parts = union.map((part) => resolved(part, root));
  const others = parts.filter((part) => part.type !== "null");
  if (others.length < parts.length) {
    const inner = others.length === 1 ? (others[0] ?? {}) : { anyOf: others };
    const field = fieldOf(inner, root, depth + 1);
    return { kind: "optional", inner: field, start: startOf(field) };
  }
  return sizeOf(others, root, depth) ?? variantOf(others, root, depth) ?? { kind: "json" };
}

function sizeOf(parts: readonly Schema[], root: Schema, depth: number): Field | null {
  const fields = parts.map((part) => fieldOf(part, root, depth + 1));
  const item = fields.find(isNumber);
  const hasPair = fields.some((field) => field.kind === "tuple" && field.items.length === 2);
  const words = fields.flatMap((field) => (field.kind === "choice" ? field.choices : []));
  const known = fields.every(
    (field) => isNumber(field) || ["tuple", "choice"].includes(field.kind),
  );
  if (!item || !hasPair || !known) return null;
  return { kind: "size", item, words: words.map(String) };
}

function variantOf(parts: readonly Schema[], root: Schema, depth: number): Field | null {
  const tagged = parts.map((part) => [part.properties?.type?.const, part] as const);
  if (!tagged.every(([tag]) => typeof tag === "string")) return null;
  const options = tagged.map(([tag, part]) => [String(tag), recordOf(part, root, depth)] as const);
  return { kind: "variant", tag: "type", options: Object.fromEntries(options) };
}

function arrayOf(schema: Schema, root: Schema, depth: number): Field {
  if (schema.prefixItems) {
    const items = schema.prefixItems.map((item) => fieldOf(item, root, depth + 1));
    return items.every(isNumber) ? { kind: "tuple", items } : { kind: "json" };
  }
  if (typeof schema.items !== "object") return { kind: "json" };
  const item = fieldOf(schema.items, root, depth + 1);
  const [least, most] = [schema.minItems ?? 0, schema.maxItems ?? MOST_ITEMS];
  return { kind: "list", item, least, most, start: startOf(item) };
}

function recordOf(schema: Schema, root: Schema, depth: number): RecordField {
  const required = new Set(schema.required);
  const fields = Object.entries(schema.properties ?? {}).flatMap(([name, part]): Named[] => {
    // the tag of a variant, which its choice writes
    if (name === "type" && part.const !== undefined) return [];
    const own = resolved(part, root);
    const field = fieldOf(part, root, depth + 1);
    const fallback = part.default ?? own.default ?? (field.kind === "optional" ? null : undefined);
    const description = own.description ?? "";
    return [{ name, field, required: required.has(name), fallback, description }];
  });
  return { kind: "record", fields };
}

/** Return a value of a field to begin with: its defaults, its least number, its first choice. */
export function startOf(field: Field): unknown {
  switch (field.kind) {
    case "whole":
    case "number":
      return leastOf(field);
    case "text":
      return "";
    case "switch":
      return false;
    case "choice":
      return field.choices[0];
    case "size":
      return leastOf(field.item);
    case "tuple":
      return field.items.map(leastOf);
    case "list":
      return Array.from({ length: field.least }, () => startOf(field.item));
    case "record":
      return Object.fromEntries(
        field.fields.map(({ name, field: inner, fallback }) => [
          name,
          fallback === undefined ? startOf(inner) : fallback,
        ]),
      );
    case "variant": {
      const [tag, first] = Object.entries(field.options)[0] ?? [];
      return first ? { [field.tag]: tag, ...(startOf(first) as object) } : {};
    }
    case "optional":
    case "json":
      return null;
  }
}

function leastOf({ kind, least, above, most, below }: NumberField): number {
  if (least !== undefined && least > -1e30) return Math.max(least, Math.min(1, most ?? below ?? 1));
  if (above !== undefined) return kind === "whole" ? above + 1 : Math.min(1, most ?? above + 1);
  return Math.min(1, most ?? 1);
}

/** Settings that differ from the recipe, by name: `{"lr": 0.1, "schedule.type": "Cosine"}`. */

export type Settings = Readonly<Record<string, unknown>>;
type Values = Readonly<Record<string, unknown>>;

const isRecord = (value: unknown): value is Values =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Return whether two JSON values are equal. */
export function same(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((value, i) => same(value, other[i]));
  }
  if (!isRecord(one) || !isRecord(other)) return false;
  const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  return keys.every((key) => same(one[key], other[key]));
}

/**
 * Return the settings that change `usual` to `values`, as `--set` takes them.
 *
 * A group of another type is given with its type and all its settings; a list, and a group that the
 * recipe leaves out, as a whole.
 */
export function differences(usual: Values, values: Values): Settings {
  const found: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(values)) {
    const before = usual[name];
    if (same(before, value)) continue;
    if (!isRecord(value) || !isRecord(before)) {
      found[name] = value;
      continue;
    }
    const isOther = before["type"] !== value["type"];
    for (const [field, inner] of Object.entries(value)) {
      if (isOther || !same(before[field], inner)) found[`${name}.${field}`] = inner;
    }
  }
  return found;
}

/** Return the settings without one; that of a group's type takes the group's others with it. */
export function without(settings: Settings, name: string): Settings {
  const group = name.endsWith(".type") ? name.slice(0, -"type".length) : null;
  return Object.fromEntries(
    Object.entries(settings).filter(
      ([other]) => other !== name && !(group !== null && other.startsWith(group)),
    ),
  );
}

/** Return the value of a setting in a recipe: `schedule.type`. */
export function valueOf(values: Values, name: string): unknown {
  return name
    .split(".")
    .reduce<unknown>((here, part) => (isRecord(here) ? here[part] : undefined), values);
}

const WORD = /^[A-Za-z][A-Za-z0-9_]*$/;
const RESERVED = ["true", "false", "null"];

/** Return settings as one text for the address: `lr=0.1;schedule.type=Cosine`. */
export function written(settings: Settings): string {
  return Object.entries(settings)
    .map(([name, value]) => {
      const isWord = typeof value === "string" && WORD.test(value) && !RESERVED.includes(value);
      const text = isWord ? value : JSON.stringify(value);
      return `${name}=${text.replaceAll("%", "%25").replaceAll(";", "%3B")}`;
    })
    .join(";");
}

/** Return the settings of a text; parts that are none are left out. */
export function read(text: string): Settings {
  const pairs = text.split(";").flatMap((part): [string, unknown][] => {
    const at = part.indexOf("=");
    const name = part.slice(0, at).trim();
    if (at < 1 || !/^[a-z_]+(\.[a-z0-9_]+)*$/.test(name)) return [];
    return [[name, valueOfText(part.slice(at + 1))]];
  });
  return Object.fromEntries(pairs);
}

function valueOfText(text: string): unknown {
  const raw = text.replaceAll("%3B", ";").replaceAll("%25", "%");
  try {
    return JSON.parse(raw) as unknown;
  } catch {
    return raw; // a word
  }
}

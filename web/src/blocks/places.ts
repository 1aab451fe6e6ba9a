/** Reader of JSON that knows where every value stands, so that an error is shown at its place. */

export interface Fault {
  readonly kind:
    "value" | "end" | "comma" | "colon" | "name" | "string" | "number" | "twice" | "after" | "deep";
  /** Place in the text, from 0. */
  readonly at: number;
}

/** A value with the place of every value inside, by path, as "block.blocks.conv1.stride". */
export interface Placed {
  readonly value: unknown;
  readonly places: ReadonlyMap<string, number>;
}

const MOST_DEPTH = 64;
const SPACE = /[\t\n\r ]*/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORDS: readonly (readonly [string, unknown])[] = [
  ["true", true],
  ["false", false],
  ["null", null],
];

class Refused {
  constructor(readonly fault: Fault) {}
}

/** Return the value of a text, or what is wrong with it, and where. */
export function parsePlaced(text: string): Placed | Fault {
  try {
    return new Reader(text).all();
  } catch (error) {
    if (error instanceof Refused) return error.fault;
    throw error;
  }
}

class Reader {
  readonly #text: string;
  readonly #places = new Map<string, number>();
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  all(): Placed {
    const value = this.#value("", 0);
    this.#match(SPACE);
    if (this.#at < this.#text.length) throw this.#refuse("after");
    return { value, places: this.#places };
  }

  #refuse(kind: Fault["kind"]): Refused {
    const atEnd = this.#at >= this.#text.length;
    return new Refused({ kind: atEnd ? "end" : kind, at: this.#at });
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text)?.[0] ?? "";
    this.#at += match.length;
    return match;
  }

  /** Return the next sign after spaces. */
  #next(): string {
    this.#match(SPACE);
    return this.#text[this.#at] ?? "";
  }

  #value(path: string, depth: number): unknown {
    const first = this.#next();
    this.#places.set(path, this.#at);
    if (depth > MOST_DEPTH) throw this.#refuse("deep");
    if (first === "{") return this.#object(path, depth);
    if (first === "[") return this.#list(path, depth);
    if (first === '"') return this.#string();
    if (first === "-" || (first >= "0" && first <= "9")) return this.#number();
    for (const [word, value] of WORDS) {
      if (this.#text.startsWith(word, this.#at)) {
        this.#at += word.length;
        return value;
      }
    }
    throw this.#refuse("value");
  }

  #string(): string {
    const text = this.#match(STRING);
    if (!text) throw this.#refuse("string");
    return JSON.parse(text) as string;
  }

  #number(): number {
    const text = this.#match(NUMBER);
    if (!text || !Number.isFinite(Number(text))) throw this.#refuse("number");
    return Number(text);
  }

  #object(path: string, depth: number): Record<string, unknown> {
    const entries = new Map<string, unknown>();
    this.#at += 1;
    if (this.#next() === "}") {
      this.#at += 1;
      return {};
    }
    for (;;) {
      if (this.#next() !== '"') throw this.#refuse("name");
      const start = this.#at;
      const name = this.#string();
      if (entries.has(name)) throw new Refused({ kind: "twice", at: start });
      if (this.#next() !== ":") throw this.#refuse("colon");
      this.#at += 1;
      entries.set(name, this.#value(path ? `${path}.${name}` : name, depth + 1));
      if (this.#ended("}")) return Object.fromEntries(entries);
    }
  }

  #list(path: string, depth: number): unknown[] {
    const values: unknown[] = [];
    this.#at += 1;
    if (this.#next() === "]") {
      this.#at += 1;
      return values;
    }
    for (;;) {
      values.push(this.#value(`${path}.${values.length}`, depth + 1));
      if (this.#ended("]")) return values;
    }
  }

  /** Read "," or the closing bracket; return whether it was the bracket. */
  #ended(bracket: string): boolean {
    const sign = this.#next();
    if (sign !== "," && sign !== bracket) throw this.#refuse("comma");
    this.#at += 1;
    return sign === bracket;
  }
}

/** Return line and column of a place, both from 1. */
export function lineOf(text: string, at: number): { line: number; column: number } {
  const before = text.slice(0, at).split("\n");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** Return the place of a block by its path: "block1.add.body" is block.blocks.block1.blocks.add.body. */
export function placeOf(placed: Placed, path: string): number {
  const walk = (prefix: string, names: readonly string[]): number => {
    const here = placed.places.get(prefix);
    const [first, ...rest] = names;
    if (first === undefined || here === undefined) return here ?? 0;
    for (const next of [`${prefix}.blocks.${first}`, `${prefix}.${first}`]) {
      if (placed.places.has(next)) return walk(next, rest);
    }
    return here;
  };
  return walk("block", path ? path.split(".") : []);
}

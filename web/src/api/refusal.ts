/** Errors of the studio, as `{"error": {given, expected, fix, where}}` tells them. */

import { failure } from "$/lang/failure";
import { choice, text } from "$/lang/index.svelte";

/** An error in parts: what is wrong, what would be right, what to do, and where it is. */
export interface Refusal {
  readonly given: string;
  readonly expected?: string;
  readonly fix?: string;
  readonly where?: string;
}

const refusals = new WeakMap<Error, Refusal>();

const part = (record: object, name: keyof Refusal): string | undefined => {
  const value: unknown = Reflect.get(record, name);
  return typeof value === "string" && value.trim() !== "" ? value : undefined;
};

/** Return the refusal in the body of an answer; null if there is none. */
export function readRefusal(body: unknown): Refusal | null {
  if (typeof body !== "object" || body === null) return null;
  const record: unknown = Reflect.get(body, "error") ?? body;
  if (typeof record !== "object" || record === null) return null;
  const given = part(record, "given");
  if (given === undefined) return null;
  const rest = (["expected", "fix", "where"] as const).flatMap((name) => {
    const value = part(record, name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return { given, ...Object.fromEntries(rest) };
}

/** Return a refusal as one text. */
export function inWords(refusal: Refusal): string {
  const { given, expected, fix, where } = refusal;
  const [stop, space] = choice.language === "zh" ? ["。", ""] : [".", " "];
  return [
    given,
    expected === undefined ? "" : text("api.expected", { expected }),
    fix === undefined ? "" : text("api.fix", { fix }),
    where === undefined ? "" : text("api.where", { where }),
  ]
    .filter((one) => one !== "")
    .map((one) => (/[.。!！?？]$/.test(one) ? one : one + stop))
    .join(space);
}

/** Return an error that shows a refusal: `sentence` as one text, `refusalOf` in parts. */
export function refused(refusal: Refusal): Error {
  const error = failure("api.refused", { reason: inWords(refusal) });
  refusals.set(error, refusal);
  return error;
}

/** Return the parts of an error that the studio sent; null for any other error. */
export function refusalOf(error: unknown): Refusal | null {
  return error instanceof Error ? (refusals.get(error) ?? null) : null;
}

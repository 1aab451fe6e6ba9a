/** Names of blocks that are drawn once: what their paths differ in, as short as it can be. */

const LISTED = 3;

/** Return `block2, block3`, or `block2 to block36` where the names count through. */
export function foldedNames(paths: readonly string[], to: string): string {
  const names = differing(paths.map((path) => path.split(".")));
  if (names.length > LISTED && countsThrough(names)) return `${names[0]} ${to} ${names.at(-1)}`;
  return names.join(", ");
}

/** Return paths without the parts that all of them begin or end with. */
function differing(paths: readonly string[][]): string[] {
  const begin = shared(paths);
  const rest = paths.map((path) => path.slice(begin));
  const shortest = Math.min(...rest.map((path) => path.length));
  const end = Math.max(0, Math.min(shared(rest.map((path) => path.toReversed())), shortest - 1));
  return rest.map((path) => path.slice(0, path.length - end).join("."));
}

/** Return with how many equal elements all sequences begin. */
function shared(sequences: readonly ArrayLike<string>[]): number {
  const first = sequences[0];
  if (!first) return 0;
  let count = 0;
  while (count < first.length && sequences.every((each) => each[count] === first[count])) count++;
  return count;
}

/** Return whether names differ in a number or a last letter that rises by one. */
function countsThrough(names: readonly string[]): boolean {
  const start = shared(names);
  const begin = (names[0] ?? "").slice(0, start).replace(/\d+$/, "").length;
  const ends = names.map((name) => name.slice(begin));
  if (ends.every((end) => /^\d+$/.test(end))) return rises(ends.map(Number));
  const letters = names.map((name) => name.slice(start));
  return letters.every((each) => each.length === 1) && rises(letters.map((c) => c.charCodeAt(0)));
}

function rises(numbers: readonly number[]): boolean {
  return numbers.every((number, i) => i === 0 || number === (numbers[i - 1] ?? 0) + 1);
}

/** Names of computations, by which the stream of events reports their progress. */

let count = 0;

export function newTask(): string {
  count += 1;
  return `look-${Date.now().toString(36)}-${count}`;
}

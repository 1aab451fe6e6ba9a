/** Order of the images of a contact sheet. */

export const ORDERS = ["stored", "classes", "sample"] as const;
export type Order = (typeof ORDERS)[number];

const SAMPLE = 12; // images of each class

/**
 * Return the numbers of the images that are shown, in order.
 *
 * stored: as in the data. classes: class by class. sample: the first 12 of each class, evenly
 * spread over the class. With a class only its images, as in the data.
 */
export function arranged(
  labels: ArrayLike<number>,
  numClasses: number,
  order: Order,
  ofClass: number | null,
): number[] {
  const all = Array.from({ length: labels.length }, (_, i) => i);
  if (ofClass !== null) return all.filter((i) => labels[i] === ofClass);
  if (order === "stored") return all;
  const byClass: number[][] = Array.from({ length: numClasses }, () => []);
  for (const i of all) byClass[labels[i] ?? 0]?.push(i);
  if (order === "classes") return byClass.flat();
  return byClass.flatMap((members) => spread(members, SAMPLE));
}

/** Return at most `most` of some numbers, evenly spread. */
export function spread(members: readonly number[], most: number): number[] {
  if (members.length <= most) return [...members];
  return Array.from(
    { length: most },
    (_, i) => members[Math.round((i * (members.length - 1)) / (most - 1))] ?? 0,
  );
}

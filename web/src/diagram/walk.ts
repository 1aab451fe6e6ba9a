/** Moving along a network by keyboard: the nearest node in a direction. */

import type { NodeMark } from "$/diagram/marks";

export type Direction = "up" | "down" | "left" | "right";

const AXES: Readonly<Record<Direction, readonly [dx: number, dy: number]>> = {
  up: [0, -1],
  down: [0, 1],
  left: [-1, 0],
  right: [1, 0],
};

/** Return the nearest node in a direction, or null at the end. */
export function neighbour(
  nodes: readonly NodeMark[],
  from: NodeMark,
  direction: Direction,
): NodeMark | null {
  const [dx, dy] = AXES[direction];
  let best: NodeMark | null = null;
  let least = Infinity;
  for (const node of nodes) {
    const across = middle(node)[0] - middle(from)[0];
    const down = middle(node)[1] - middle(from)[1];
    const along = across * dx + down * dy;
    if (node.id === from.id || along < 2) continue;
    const aside = dy ? Math.abs(across) : apart(node, from);
    const distance = dy ? along + 0.5 * aside : along + 8 * aside;
    if (dx && aside > 60) continue;
    if (distance < least) [best, least] = [node, distance];
  }
  return best;
}

function middle(node: NodeMark): readonly [number, number] {
  return [node.x + node.width / 2, node.y + node.height / 2];
}

/** Return the distance of two nodes in height; 0 where they overlap. */
function apart(one: NodeMark, two: NodeMark): number {
  return Math.max(0, one.y - two.y - two.height, two.y - one.y - one.height);
}

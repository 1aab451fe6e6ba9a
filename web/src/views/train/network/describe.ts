/** Shapes and numbers of parameters of every operation of an architecture, for the form. */

import { createGraph } from "$/engine/graph";
import { size } from "$/engine/layers/rule";
import type { Architecture } from "$/engine/types";

export interface Described {
  readonly path: string;
  readonly type: string;
  readonly shape: readonly number[];
  /** Number of parameters. */
  readonly count: number;
}

/** Return every operation in the order in which they run. The architecture has to be valid. */
export function describe(architecture: Architecture): readonly Described[] {
  const graph = createGraph(architecture);
  return graph.nodes.map(({ path, type, output, parameters }) => ({
    path,
    type,
    shape: graph.shapes[output] ?? [],
    count: parameters.reduce((sum, { shape }) => sum + size(shape), 0),
  }));
}

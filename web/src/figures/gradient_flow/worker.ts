/** The passes of the figure, apart from the page, so that its controls never wait. */

import { flow, type Case, type Flow } from "$/labs/gradient_flow";

/** The network as it is set, and the same one with or without shortcuts. */
export interface Flows {
  readonly key: string;
  readonly own: Flow;
  readonly other: Flow;
}

onmessage = ({ data }: MessageEvent<{ readonly key: string; readonly one: Case }>) => {
  const { key, one } = data;
  const own = flow(one);
  const other = flow({ ...one, residual: !one.residual });
  postMessage({ key, own, other } satisfies Flows);
};

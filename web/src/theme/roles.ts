/** Colours of layers by their role, as `convscope.render.diagram.style` draws them. */

import type { Role } from "$/model/types";

const COLOURS: Partial<Readonly<Record<Role, string>>> = {
  convolution: "conv",
  pooling: "pool",
  normalisation: "norm",
  linear: "linear",
  join: "join",
};

/** Return the palette name of a role's fill; its outline is that name with `-line`. */
export const colourOf = (role: Role | undefined): string => (role && COLOURS[role]) ?? "other";

import type { In } from "$/lang/parts";

export const space: In<"space"> = {};

import type { In } from "$/lang/parts";

export const engine: In<"engine"> = {};

import type { In } from "$/lang/parts";

export const look: In<"look"> = {};

import type { In } from "$/lang/parts";

export const run: In<"run"> = {};

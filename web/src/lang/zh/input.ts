import type { In } from "$/lang/parts";

export const input: In<"input"> = {};

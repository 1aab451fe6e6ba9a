import type { In } from "$/lang/parts";

export const payload: In<"payload"> = {};

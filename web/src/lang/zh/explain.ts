import type { In } from "$/lang/parts";

export const explain: In<"explain"> = {};

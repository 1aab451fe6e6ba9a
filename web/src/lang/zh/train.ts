import type { In } from "$/lang/parts";

export const train: In<"train"> = {};

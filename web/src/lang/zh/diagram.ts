import type { In } from "$/lang/parts";

export const diagram: In<"diagram"> = {};

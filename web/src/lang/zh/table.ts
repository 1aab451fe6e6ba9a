import type { In } from "$/lang/parts";

export const table: In<"table"> = {
  "table.name": "表格",
};

import type { In } from "$/lang/parts";

export const sets: In<"sets"> = {
  "sets.title": "数据",
  "sets.about": "数据集和你自己的文件夹：检查、浏览、更正标签。",
};

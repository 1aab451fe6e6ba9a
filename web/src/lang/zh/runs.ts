import type { In } from "$/lang/parts";

export const runs: In<"runs"> = {
  "runs.title": "运行",
  "runs.about": "这个文件夹中的所有训练：比较、评估、导出。",
};

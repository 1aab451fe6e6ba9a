import type { In } from "$/lang/parts";

export const evaluate: In<"evaluate"> = {
  "evaluate.title": "评估",
  "evaluate.about": "模型的准确率、混淆矩阵、特征分布和最严重的错误。",
};

import type { In } from "$/lang/parts";

/** “评估”视图。 */
export const evaluate: In<"evaluate"> = {
  "evaluate.title": "评估",
  "evaluate.about": "模型的准确率、混淆矩阵、嵌入图和最严重的错误。",
  "evaluate.model": "模型",
  "evaluate.model.choose": "请选择",
  "evaluate.model.run": "训练结果",
  "evaluate.model.file": "模型文件",
  "evaluate.model.weights": "公开权重",
};

import type { In } from "$/lang/parts";

export const explain: In<"explain"> = {
  "explain.noRule": "暂时没有 {type} 层的计算说明。显示的数值是正确的。",
  "explain.noParameter": "{path} 缺少参数 {name}：导出的文件不完整，请重新导出模型。",
  "explain.inputs": "{path} 需要 {expected} 个输入张量，现有 {given} 个。请重新运行网络。",
  "explain.noUnit": "{path} 没有编号为 {index} 的单元，编号范围是 0 到 {last}。",
};

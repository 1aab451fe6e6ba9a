import type { In } from "$/lang/parts";

export const zoo: In<"zoo"> = {
  "zoo.title": "模型库",
  "zoo.about": "论文中的网络：表格、结构图和各项数据。",
};

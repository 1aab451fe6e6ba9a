import type { In } from "$/lang/parts";

export const filters: In<"filters"> = {
  "filters.title": "滤波器",
  "filters.about": "在你自己的照片上试用经典滤波器，卷积核可以编辑。",
};

import type { In } from "$/lang/parts";

export const visuals: In<"visuals"> = {
  "visuals.title": "查看内部",
  "visuals.about": "用你自己的图像查看任意网络的特征图、计算过程和显著图。",
};

import type { In } from "$/lang/parts";

export const curves: In<"curves"> = {
  "curves.showAll": "显示全部",
  "curves.keys": "方向键读取数值，+ 和 − 缩放，Shift 加方向键平移，0 显示全部。",
};

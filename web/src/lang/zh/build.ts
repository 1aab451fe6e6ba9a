import type { In } from "$/lang/parts";

export const build: In<"build"> = {
  "build.title": "搭建",
  "build.about": "用块搭建网络，形状和计算量随输入即时更新。",
};

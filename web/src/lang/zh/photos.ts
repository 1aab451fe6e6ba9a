import type { In } from "$/lang/parts";

export const photos: In<"photos"> = {
  "photos.samples": "示例照片",
  "photos.red_panda": "小熊猫",
  "photos.clownfish": "小丑鱼",
  "photos.parthenon": "帕特农神庙",
  "photos.kinderdijk": "风车",
  "photos.tower_of_pisa": "比萨斜塔",
  "photos.pufferfish": "河豚",
  "photos.goldfish": "金鱼",
  "photos.multimeter": "万用表",
  "photos.own": "用自己的照片（不会离开这个页面）",
};

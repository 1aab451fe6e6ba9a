import type { In } from "$/lang/parts";

/** 大量图像的网格。 */
export const thumbnails: In<"thumbnails"> = {
  "thumbnails.none": "没有图像。",
  "thumbnails.count": "共 {num} 张图像，滚动查看更多",
};

import type { In } from "$/lang/parts";

export const convolution: In<"convolution"> = {
  "convolution.title": "卷积",
  "convolution.about": "窗口在图像上移动，求和的每个数都写出来。",
};

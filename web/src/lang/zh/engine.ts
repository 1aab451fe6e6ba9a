import type { In } from "$/lang/parts";

/** 浏览器内训练、打开和保存失败的原因。 */
export const engine: In<"engine"> = {
  "engine.unfinished": "浏览器内训练尚未完成。",
};

import type { In } from "$/lang/parts";

export const page: In<"page"> = {
  "page.title": "浏览器中的 {name}",
};

import type { In } from "$/lang/parts";

export const labsB: In<"labsB"> = {
  "labsB.less": "{name}：减小",
  "labsB.more": "{name}：增大",
};

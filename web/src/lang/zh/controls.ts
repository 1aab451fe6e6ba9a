import type { In } from "$/lang/parts";

export const controls: In<"controls"> = {
  "controls.ignored": "未采用 {key} =“{value}”，这里应当是{expected}。",
  "controls.whole": " {low} 到 {high} 之间的整数",
  "controls.odd": " {low} 到 {high} 之间的奇数",
  "controls.decimal": " {low} 到 {high} 之间的数",
  "controls.word": "下列之一：{words}",
  "controls.numbers": " {least} 到 {most} 个数，各在 {low} 到 {high} 之间，用逗号隔开",
  "controls.back": "后退一步",
  "controls.next": "前进一步",
  "controls.play": "播放",
  "controls.pause": "暂停",
  "controls.step": "第 {step} 步，共 {count} 步",
};

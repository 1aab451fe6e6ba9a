import type { Texts } from "$/lang/index.svelte";
import { data } from "$/lang/zh/data";
import { diagram } from "$/lang/zh/diagram";
import { engine } from "$/lang/zh/engine";
import { explain } from "$/lang/zh/explain";
import { input } from "$/lang/zh/input";
import { look } from "$/lang/zh/look";
import { page } from "$/lang/zh/page";
import { payload } from "$/lang/zh/payload";
import { run } from "$/lang/zh/run";
import { space } from "$/lang/zh/space";
import { train } from "$/lang/zh/train";

/** Chinese texts of the pages, one file for each part. */
export const zh: Texts = {
  ...page,
  ...look,
  ...input,
  ...data,
  ...run,
  ...payload,
  ...diagram,
  ...explain,
  ...engine,
  ...train,
  ...space,
  title: "浏览器中的 {name}",
  "explain.noRule": "暂时没有 {type} 层的计算说明。显示的数值是正确的。",
  "explain.noParameter": "{path} 缺少参数 {name}：导出的文件不完整，请重新导出模型。",
  "explain.inputs": "{path} 需要 {expected} 个输入张量，现有 {given} 个。请重新运行网络。",
  "explain.noUnit": "{path} 没有编号为 {index} 的单元，编号范围是 0 到 {last}。",
};

import type { Texts } from "$/lang/index.svelte";
import { curves } from "$/lang/zh/curves";
import { data } from "$/lang/zh/data";
import { diagram } from "$/lang/zh/diagram";
import { engine } from "$/lang/zh/engine";
import { explain } from "$/lang/zh/explain";
import { form } from "$/lang/zh/form";
import { input } from "$/lang/zh/input";
import { look } from "$/lang/zh/look";
import { page } from "$/lang/zh/page";
import { payload } from "$/lang/zh/payload";
import { run } from "$/lang/zh/run";
import { space } from "$/lang/zh/space";
import { thumbnails } from "$/lang/zh/thumbnails";
import { statistics } from "$/lang/zh/statistics";
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
  ...statistics,
  ...curves,
  ...space,
  ...thumbnails,
  ...form,
};

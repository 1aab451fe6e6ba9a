/** English texts of the pages, one file for each part. The Chinese ones have the same keys. */

import { curves } from "$/lang/en/curves";
import { data } from "$/lang/en/data";
import { diagram } from "$/lang/en/diagram";
import { engine } from "$/lang/en/engine";
import { explain } from "$/lang/en/explain";
import { form } from "$/lang/en/form";
import { input } from "$/lang/en/input";
import { look } from "$/lang/en/look";
import { page } from "$/lang/en/page";
import { payload } from "$/lang/en/payload";
import { run } from "$/lang/en/run";
import { space } from "$/lang/en/space";
import { thumbnails } from "$/lang/en/thumbnails";
import { statistics } from "$/lang/en/statistics";
import { train } from "$/lang/en/train";

export const parts = {
  page,
  look,
  input,
  data,
  run,
  payload,
  diagram,
  explain,
  engine,
  train,
  statistics,
  curves,
  space,
  thumbnails,
  form,
} as const;

export const en = {
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
} as const;

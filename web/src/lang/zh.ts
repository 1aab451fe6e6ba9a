import type { Texts } from "$/lang/index.svelte";
import { api } from "$/lang/zh/api";
import { basics } from "$/lang/zh/basics";
import { build } from "$/lang/zh/build";
import { common } from "$/lang/zh/common";
import { controls } from "$/lang/zh/controls";
import { convolution } from "$/lang/zh/convolution";
import { course } from "$/lang/zh/course";
import { curves } from "$/lang/zh/curves";
import { data } from "$/lang/zh/data";
import { diagram } from "$/lang/zh/diagram";
import { engine } from "$/lang/zh/engine";
import { evaluate } from "$/lang/zh/evaluate";
import { explain } from "$/lang/zh/explain";
import { filters } from "$/lang/zh/filters";
import { form } from "$/lang/zh/form";
import { home } from "$/lang/zh/home";
import { input } from "$/lang/zh/input";
import { jobs } from "$/lang/zh/jobs";
import { labs } from "$/lang/zh/labs";
import { labsB } from "$/lang/zh/labsB";
import { look } from "$/lang/zh/look";
import { nets } from "$/lang/zh/nets";
import { page } from "$/lang/zh/page";
import { payload } from "$/lang/zh/payload";
import { photos } from "$/lang/zh/photos";
import { run } from "$/lang/zh/run";
import { runs } from "$/lang/zh/runs";
import { sets } from "$/lang/zh/sets";
import { space } from "$/lang/zh/space";
import { statistics } from "$/lang/zh/statistics";
import { studio } from "$/lang/zh/studio";
import { table } from "$/lang/zh/table";
import { thumbnails } from "$/lang/zh/thumbnails";
import { tour } from "$/lang/zh/tour";
import { train } from "$/lang/zh/train";
import { training } from "$/lang/zh/training";
import { visuals } from "$/lang/zh/visuals";
import { zoo } from "$/lang/zh/zoo";

/** Chinese texts of the pages, one file for each part. */
export const zh: Texts = {
  ...page,
  ...look,
  ...nets,
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
  ...common,
  ...api,
  ...jobs,
  ...studio,
  ...home,
  ...basics,
  ...build,
  ...controls,
  ...convolution,
  ...course,
  ...evaluate,
  ...filters,
  ...form,
  ...labs,
  ...labsB,
  ...photos,
  ...runs,
  ...sets,
  ...table,
  ...thumbnails,
  ...tour,
  ...training,
  ...visuals,
  ...zoo,
};

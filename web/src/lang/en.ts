/** English texts of the pages, one file for each part. The Chinese ones have the same keys. */

import { api } from "$/lang/en/api";
import { basics } from "$/lang/en/basics";
import { build } from "$/lang/en/build";
import { common } from "$/lang/en/common";
import { controls } from "$/lang/en/controls";
import { convolution } from "$/lang/en/convolution";
import { course } from "$/lang/en/course";
import { curves } from "$/lang/en/curves";
import { data } from "$/lang/en/data";
import { diagram } from "$/lang/en/diagram";
import { engine } from "$/lang/en/engine";
import { evaluate } from "$/lang/en/evaluate";
import { explain } from "$/lang/en/explain";
import { filters } from "$/lang/en/filters";
import { form } from "$/lang/en/form";
import { home } from "$/lang/en/home";
import { input } from "$/lang/en/input";
import { jobs } from "$/lang/en/jobs";
import { labs } from "$/lang/en/labs";
import { labsB } from "$/lang/en/labsB";
import { look } from "$/lang/en/look";
import { nets } from "$/lang/en/nets";
import { page } from "$/lang/en/page";
import { payload } from "$/lang/en/payload";
import { photos } from "$/lang/en/photos";
import { run } from "$/lang/en/run";
import { runs } from "$/lang/en/runs";
import { sets } from "$/lang/en/sets";
import { space } from "$/lang/en/space";
import { statistics } from "$/lang/en/statistics";
import { studio } from "$/lang/en/studio";
import { table } from "$/lang/en/table";
import { thumbnails } from "$/lang/en/thumbnails";
import { tour } from "$/lang/en/tour";
import { train } from "$/lang/en/train";
import { training } from "$/lang/en/training";
import { visuals } from "$/lang/en/visuals";
import { zoo } from "$/lang/en/zoo";

export const parts = {
  page,
  look,
  nets,
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
  common,
  api,
  jobs,
  studio,
  home,
  basics,
  build,
  controls,
  convolution,
  course,
  evaluate,
  filters,
  form,
  labs,
  labsB,
  photos,
  runs,
  sets,
  table,
  thumbnails,
  tour,
  training,
  visuals,
  zoo,
} as const;

export const en = {
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
} as const;

/** English texts of the pages, one file for each part. The Chinese ones have the same keys. */

import { data } from "$/lang/en/data";
import { diagram } from "$/lang/en/diagram";
import { engine } from "$/lang/en/engine";
import { explain } from "$/lang/en/explain";
import { input } from "$/lang/en/input";
import { look } from "$/lang/en/look";
import { page } from "$/lang/en/page";
import { payload } from "$/lang/en/payload";
import { run } from "$/lang/en/run";
import { space } from "$/lang/en/space";
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
  space,
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
  ...space,
/** English texts of the pages. The Chinese ones have the same keys: `zh.ts`. */
export const en = {
  title: "{name} in your browser",
  "explain.noRule": "There is no explanation of {type} layers yet. The values shown are correct.",
  "explain.noParameter":
    "{path} has no parameter {name}: this export is incomplete. Export the model again.",
  "explain.inputs": "{path} reads {expected} tensors, and {given} are here. Run the network again.",
  "explain.noUnit": "{path} has no unit {index}: its units are 0 to {last}.",
} as const;

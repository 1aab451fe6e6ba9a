/** Columns of the table of all networks. */

import { number, percent, text } from "$/lang/index.svelte";
import type { Column } from "$/table/types";
import { accuracy, by, bytes, groupName, short, sizes } from "$/views/zoo/figures";
import type { Entry } from "$/views/zoo/records";

/** Return the columns in the language in use. */
export function columns(): readonly Column<Entry>[] {
  return [
    {
      id: "name",
      title: text("zoo.name"),
      isHead: true,
      value: ({ card }) => card.name,
    },
    {
      id: "year",
      title: text("zoo.year"),
      kind: "number",
      first: "descending",
      value: ({ card }) => card.paper?.year ?? null,
    },
    {
      id: "paper",
      title: text("zoo.paper"),
      about: text("zoo.paper.about"),
      width: "13rem",
      value: ({ card }) => groupName(card),
    },
    {
      id: "authors",
      title: text("zoo.authors"),
      isHidden: true,
      value: ({ card }) => card.paper?.authors ?? "",
    },
    number_("params", "zoo.parameters", ({ card }) => card.parameters, short),
    number_("macs", "zoo.macs", ({ card }) => card.macs, short, text("zoo.macs.about")),
    number_("layers", "zoo.layers", ({ card }) => card.layers, whole, text("zoo.layers.about")),
    number_("depth", "zoo.depth", ({ card }) => card.depth, whole, text("zoo.depth.about"), true),
    {
      id: "input",
      title: text("zoo.input"),
      kind: "number",
      value: ({ card }) => card.input[1] * card.input[2] * card.input[0],
      text: ({ card }) => sizes(card.input),
    },
    {
      id: "field",
      title: text("zoo.field"),
      about: text("zoo.field.about"),
      kind: "number",
      first: "descending",
      value: ({ card }) => Math.max(...card.receptive_field),
      text: ({ card }) => by(card.receptive_field),
    },
    number_(
      "memory",
      "zoo.memory",
      ({ card }) => card.inference_bytes,
      bytes,
      text("zoo.memory.about"),
      true,
    ),
    number_(
      "training",
      "zoo.trainingMemory",
      ({ card }) => card.training_bytes,
      bytes,
      text("zoo.trainingMemory.about"),
      true,
    ),
    {
      id: "accuracy",
      title: text("zoo.accuracy"),
      about: text("zoo.accuracy.about"),
      kind: "number",
      first: "descending",
      // a top-5 accuracy is no top-1 accuracy: rows with it alone are sorted as if none were known
      value: ({ card }) => (card.result?.top1 == null ? null : accuracy(card.result)),
      text: ({ card }) =>
        card.result?.top1 == null ? "" : percent((100 - card.result.top1) / 100, 1),
    },
    {
      id: "data",
      title: text("zoo.data"),
      value: ({ card }) => card.result?.data ?? "",
    },
    {
      id: "protocol",
      title: text("zoo.protocol"),
      isHidden: true,
      value: ({ card }) => card.result?.protocol ?? "",
    },
    {
      id: "weights",
      title: text("zoo.weights"),
      about: text("zoo.weights.about"),
      value: ({ weights }) =>
        weights.some((each) => each.is_here)
          ? text("zoo.weights.here")
          : weights.length > 0
            ? text("zoo.weights.exist")
            : "",
    },
  ];
}

const whole = (value: number): string => number(value, 12);

function number_(
  id: string,
  title:
    | "zoo.parameters"
    | "zoo.macs"
    | "zoo.layers"
    | "zoo.depth"
    | "zoo.memory"
    | "zoo.trainingMemory",
  value: (entry: Entry) => number,
  write: (value: number) => string,
  about = "",
  isHidden = false,
): Column<Entry> {
  return {
    id,
    title: text(title),
    kind: "number",
    value,
    text: (entry) => write(value(entry)),
    ...(about ? { about } : {}),
    isHidden,
  };
}

/** Columns of the table of runs. */

import { number, text } from "$/lang/index.svelte";
import type { Column } from "$/table/types";
import { dateText, duration, share, shortName } from "./figures";
import { STATES, type RunRow, type State } from "./records";

export const stateText = (state: string): string => {
  const known = STATES.find((one) => one === state);
  return known ? text(`runs.state.${known satisfies State}`) : state;
};

/** Return the columns in the language in use. */
export function columns(): readonly Column<RunRow>[] {
  return [
    {
      id: "name",
      title: text("runs.run"),
      isHead: true,
      width: "20rem",
      value: ({ name }) => shortName(name),
    },
    { id: "state", title: text("runs.state"), value: ({ state }) => stateText(state) },
    { id: "architecture", title: text("runs.architecture"), value: (row) => row.architecture },
    { id: "data", title: text("runs.data"), width: "12rem", value: ({ data }) => data },
    {
      id: "epochs",
      title: text("runs.epochs"),
      kind: "number",
      value: ({ epochs_done }) => epochs_done,
      text: ({ epochs, epochs_done, state }) =>
        state === "damaged" ? "" : `${number(epochs_done, 9)} / ${number(epochs, 9)}`,
    },
    {
      id: "accuracy",
      title: text("runs.accuracy"),
      about: text("runs.accuracy.about"),
      kind: "number",
      first: "descending",
      value: ({ validation_accuracy }) => validation_accuracy,
      text: ({ validation_accuracy }) => share(validation_accuracy),
    },
    {
      id: "loss",
      title: text("runs.loss"),
      kind: "number",
      isHidden: true,
      value: ({ validation_loss }) => validation_loss,
      text: ({ validation_loss }) => (validation_loss === null ? "" : number(validation_loss, 4)),
    },
    {
      id: "test",
      title: text("runs.test"),
      kind: "number",
      first: "descending",
      value: ({ test_accuracy }) => test_accuracy,
      text: ({ test_accuracy }) => share(test_accuracy),
    },
    {
      id: "parameters",
      title: text("runs.parameters"),
      kind: "number",
      isHidden: true,
      value: ({ parameters }) => parameters,
      text: ({ parameters }) => (parameters === null ? "" : number(parameters, 12)),
    },
    {
      id: "time",
      title: text("runs.time"),
      kind: "number",
      value: ({ time_s }) => time_s,
      text: ({ time_s }) => (time_s > 0 ? duration(time_s) : ""),
    },
    {
      id: "changed",
      title: text("runs.changed"),
      first: "descending",
      value: ({ changed }) => changed,
      text: ({ changed }) => dateText(changed),
    },
    { id: "recipe", title: text("runs.recipe"), isHidden: true, value: ({ recipe }) => recipe },
    { id: "note", title: text("runs.note"), width: "16rem", value: ({ note }) => note },
  ];
}

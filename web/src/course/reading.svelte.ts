/** Reading of a chapter: the settings of its figures, which the address keeps. */

import type { Links, Reading } from "$/course/context";
import type { Chapter } from "$/course/records";
import { changed, isSame, readState, writtenState } from "$/course/settings";
import type { State } from "$/figures/types";
import { address } from "$/views/address.svelte";

export function readingOf(chapter: () => Chapter, links: () => Links, isSheet = false): Reading {
  let called = $state.raw({ figure: "", count: 0 });
  const starts = $derived(
    new Map(
      chapter().blocks.flatMap((block) =>
        block.kind === "figure" ? [[block.id, block.state] as const] : [],
      ),
    ),
  );
  const start = (figure: string): State => starts.get(figure) ?? {};
  const settings = (figure: string): State => readState(address.all, figure, start(figure));
  const show = (figure: string, state: State): void =>
    address.set(writtenState(address.all, figure, start(figure), state));
  const preset = (figure: string, state: State): void =>
    show(figure, changed(start(figure), state));
  return {
    get chapter() {
      return chapter();
    },
    get links() {
      return links();
    },
    get called() {
      return called;
    },
    isSheet,
    settings,
    preset,
    change: (figure, changes) => show(figure, changed(settings(figure), changes)),
    drive: (figure, state) => {
      preset(figure, state);
      called = { figure, count: called.count + 1 };
    },
    isShown: (figure, state) => isSame(settings(figure), changed(start(figure), state)),
  };
}

/** Progress of the reader: chapters that were opened and answers, kept in this browser only. */

import { keep, kept } from "$/parts/kept";

export interface Given {
  /** Id of a choice, or the text of a number. */
  readonly value: string;
  readonly isRight: boolean;
}

interface Kept {
  /** Chapter that was opened last. */
  readonly last: string;
  readonly opened: readonly string[];
  /** Answers by "chapter/question". */
  readonly answers: Readonly<Record<string, Given>>;
}

const KEY = "convscope.course";
const NONE: Kept = { last: "", opened: [], answers: {} };

/** Return what the browser kept; damaged values count as none. */
export function readProgress(text: string): Kept {
  try {
    const value = JSON.parse(text) as Partial<Kept> | null;
    const opened = Array.isArray(value?.opened)
      ? value.opened.filter((id) => typeof id === "string")
      : [];
    const answers = Object.entries(value?.answers ?? {}).filter(
      ([, given]) => typeof given?.value === "string" && typeof given.isRight === "boolean",
    );
    const last = typeof value?.last === "string" ? value.last : "";
    return { last, opened, answers: Object.fromEntries(answers) };
  } catch {
    return NONE;
  }
}

class Progress {
  #kept = $state.raw<Kept>(readProgress(kept(KEY)));

  get last(): string {
    return this.#kept.last;
  }

  isOpened(chapter: string): boolean {
    return this.#kept.opened.includes(chapter);
  }

  /** Return the answer of a question; null before there is one. */
  answer(chapter: string, question: string): Given | null {
    return this.#kept.answers[`${chapter}/${question}`] ?? null;
  }

  /** Return how many questions of a chapter have an answer. */
  count(chapter: string): number {
    const head = `${chapter}/`;
    return Object.keys(this.#kept.answers).filter((key) => key.startsWith(head)).length;
  }

  open(chapter: string): void {
    const { opened } = this.#kept;
    if (this.last === chapter && opened.includes(chapter)) return;
    this.#keep({ last: chapter, opened: [...new Set([...opened, chapter])] });
  }

  give(chapter: string, question: string, given: Given): void {
    this.#keep({ answers: { ...this.#kept.answers, [`${chapter}/${question}`]: given } });
  }

  /** Forget the answer of a question, so that it can be answered again. */
  forget(chapter: string, question: string): void {
    const { [`${chapter}/${question}`]: _gone, ...answers } = this.#kept.answers;
    this.#keep({ answers });
  }

  clear(): void {
    this.#keep(NONE);
  }

  #keep(changes: Partial<Kept>): void {
    this.#kept = { ...this.#kept, ...changes };
    keep(KEY, JSON.stringify(this.#kept));
  }
}

export const progress = new Progress();

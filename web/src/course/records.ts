/** Records of the course, as convscope.lessons.records writes them; no HTML in them. */

import type { State } from "$/figures/types";

export interface Entry {
  readonly id: string;
  readonly number: number;
  readonly title: string;
  readonly summary: string;
  readonly minutes: number;
}

export interface Course {
  readonly language: string;
  readonly chapters: readonly Entry[];
}

export interface Source {
  readonly key: string;
  readonly authors: string;
  readonly title: string;
  readonly year: number;
  readonly link: string;
}

export interface Chapter extends Entry {
  readonly blocks: readonly Block[];
  readonly sources: readonly Source[];
  /** Ids of the chapters beside it. */
  readonly previous: string | null;
  readonly next: string | null;
}

/** An element of MathML. */
export interface MathNode {
  readonly tag: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly (MathNode | string)[];
}

export type Span =
  | { readonly kind: "text" | "code"; readonly text: string }
  | { readonly kind: "strong" | "emphasis"; readonly spans: readonly Span[] }
  | { readonly kind: "math"; readonly math: MathNode; readonly text: string }
  | { readonly kind: "link"; readonly href: string; readonly spans: readonly Span[] }
  | DriveSpan
  | TermSpan
  | {
      readonly kind: "chapter";
      readonly chapter: string;
      readonly anchor: string;
      readonly spans: readonly Span[];
    }
  | { readonly kind: "cite"; readonly source: string; readonly text: string }
  | { readonly kind: "quantity"; readonly name: string; readonly text: string };

/** A phrase that sets a figure. */
export interface DriveSpan {
  readonly kind: "drive";
  readonly figure: string;
  readonly state: State;
  readonly spans: readonly Span[];
}

/** A term of the glossary, at its first use. */
export interface TermSpan {
  readonly kind: "term";
  readonly entry: string;
  readonly spans: readonly Span[];
  readonly definition: string;
}

export interface Preset {
  readonly id: string;
  readonly label: string;
  readonly state: State;
}

export interface FigureBlock {
  readonly kind: "figure";
  readonly id: string;
  readonly lab: string;
  readonly title: string;
  readonly state: State;
  readonly caption: readonly Span[];
  readonly presets: readonly Preset[];
  /** Python that does the same; may be empty. */
  readonly code: string;
  readonly command: string | null;
}

export interface QuestionBlock {
  readonly kind: "question";
  readonly id: string;
  readonly type: "choice" | "number";
  readonly prompt: readonly Block[];
  readonly choices: readonly { readonly id: string; readonly spans: readonly Span[] }[];
  readonly answer: string | number;
  /** Relative error of a number that is still right. */
  readonly tolerance: number;
  readonly why: readonly Block[];
  readonly shows: { readonly figure: string; readonly state: State } | null;
}

export type Block =
  | {
      readonly kind: "heading";
      readonly level: number;
      readonly anchor: string;
      readonly spans: readonly Span[];
    }
  | { readonly kind: "paragraph"; readonly spans: readonly Span[] }
  | {
      readonly kind: "list";
      readonly ordered: boolean;
      readonly items: readonly (readonly Block[])[];
    }
  | { readonly kind: "formula"; readonly math: MathNode; readonly text: string }
  | { readonly kind: "code"; readonly language: string; readonly text: string }
  | {
      readonly kind: "table";
      readonly head: readonly (readonly Span[])[];
      readonly rows: readonly (readonly (readonly Span[])[])[];
    }
  | FigureBlock
  | QuestionBlock
  | { readonly kind: "erratum"; readonly blocks: readonly Block[] };

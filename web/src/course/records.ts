/** Records of the course: the types of convscope.lessons.records, as OpenAPI has them. */

import type { components } from "$/api/schema";

type Schemas = components["schemas"];

export type Course = Schemas["Course"];
export type Chapter = Schemas["Chapter"];
export type Source = Schemas["CitedSource"];
export type Block = Chapter["blocks"][number];
export type Span = Schemas["ParagraphBlock"]["spans"][number];
export type FigureBlock = Schemas["FigureBlock"];
export type QuestionBlock = Schemas["QuestionBlock"];
export type DriveSpan = Schemas["DriveSpan"];
export type TermSpan = Schemas["TermSpan"];
export type ChapterSpan = Schemas["ChapterSpan"];
export type LinkSpan = Schemas["LinkSpan"];
/** An element of MathML. */
export type MathNode = Schemas["MathNode"];

/** Marks of a diagram in pixels, y downwards, and parts around a port. */

import { ASCENT, DESCENT, textWidth } from "$/payload/text";

export type Point = readonly [x: number, y: number];
export type Anchor = "start" | "middle" | "end";

export interface TextMark {
  readonly kind: "text";
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly size: number;
  readonly anchor: Anchor;
  readonly bold: boolean;
  readonly muted: boolean;
}

export interface LineMark {
  readonly kind: "line";
  readonly points: readonly Point[];
  readonly arrow: boolean;
  /** Colour name of the palette. */
  readonly stroke: string;
}

export interface FrameMark {
  readonly kind: "frame";
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A box or circle that stands for layers. */
export interface NodeMark {
  readonly kind: "node";
  readonly id: string;
  readonly round: boolean;
  /** Colour name of the palette; the outline is that name with `-line`. */
  readonly colour: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Paths of its layers; "" is the prepared image. Empty for what cannot be chosen. */
  readonly layers: readonly string[];
  readonly shape: readonly number[];
  /** The whole text, for tooltips and screen readers. */
  readonly label: string;
  /** Whether it stands for several blocks or layers. */
  readonly several: boolean;
  /** Top of the room for a thumbnail, under the text; 0 without one. */
  readonly thumbnail: number;
}

/** A button that folds or unfolds. */
export interface FoldMark {
  readonly kind: "fold";
  readonly id: string;
  readonly what: "stage" | "copies";
  readonly open: boolean;
  readonly name: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export type Mark = TextMark | LineMark | FrameMark | NodeMark | FoldMark;

export interface Bounds {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export const TEXT = 13;
export const SMALL = 11;

export function label(
  x: number,
  y: number,
  text: string,
  look: { size?: number; anchor?: Anchor; bold?: boolean; muted?: boolean } = {},
): TextMark {
  const { size = TEXT, anchor = "middle", bold = false, muted = false } = look;
  return { kind: "text", x, y, text, size, anchor, bold, muted };
}

export function line(points: readonly Point[], arrow = false, stroke = "edge"): LineMark {
  return { kind: "line", points, arrow, stroke };
}

const SHIFT: Readonly<Record<Anchor, number>> = { start: 0, middle: 0.5, end: 1 };

/** Return the rectangle of a mark. */
export function boundsOf(mark: Mark): Bounds {
  switch (mark.kind) {
    case "text": {
      const width = textWidth(mark.text, mark.size, mark.bold);
      const left = mark.x - SHIFT[mark.anchor] * width;
      const top = mark.y - ASCENT * mark.size;
      return { left, top, right: left + width, bottom: mark.y + DESCENT * mark.size };
    }
    case "line": {
      const xs = mark.points.map(([x]) => x);
      const ys = mark.points.map(([, y]) => y);
      return {
        left: Math.min(...xs),
        top: Math.min(...ys),
        right: Math.max(...xs),
        bottom: Math.max(...ys),
      };
    }
    default:
      return {
        left: mark.x,
        top: mark.y,
        right: mark.x + mark.width,
        bottom: mark.y + mark.height,
      };
  }
}

/** Return the smallest rectangle around marks; zeros where there are none. */
export function around(marks: readonly Mark[]): Bounds {
  let [left, top, right, bottom] = [0, 0, 0, 0];
  marks.forEach((mark, i) => {
    const sides = boundsOf(mark);
    left = i ? Math.min(left, sides.left) : sides.left;
    top = i ? Math.min(top, sides.top) : sides.top;
    right = i ? Math.max(right, sides.right) : sides.right;
    bottom = i ? Math.max(bottom, sides.bottom) : sides.bottom;
  });
  return { left, top, right, bottom };
}

/** Return the marks, shifted. */
export function moved(marks: readonly Mark[], dx: number, dy: number): Mark[] {
  return marks.map((mark): Mark => {
    if (mark.kind === "line") {
      return { ...mark, points: mark.points.map(([x, y]): Point => [x + dx, y + dy]) };
    }
    return { ...mark, x: mark.x + dx, y: mark.y + dy };
  });
}

/** Marks around a port: the line enters at (0, 0) and leaves at (0, height). */
export interface Part {
  readonly marks: readonly Mark[];
  readonly height: number;
  readonly left: number;
  readonly right: number;
}

/** Return a part as wide as its marks. */
export function part(marks: readonly Mark[], height: number): Part {
  const area = around(marks);
  return { marks, height, left: Math.min(area.left, 0), right: Math.max(area.right, 0) };
}

/** Return the parts one below the other. */
export function stacked(parts: readonly Part[]): Part {
  const marks: Mark[] = [];
  let [height, left, right] = [0, 0, 0];
  for (const piece of parts) {
    marks.push(...moved(piece.marks, 0, height));
    height += piece.height;
    left = Math.min(left, piece.left);
    right = Math.max(right, piece.right);
  }
  return { marks, height, left, right };
}

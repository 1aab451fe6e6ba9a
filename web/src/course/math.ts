/** MathML of a record as elements; other tags and attributes than these are left out. */

import type { Attachment } from "svelte/attachments";
import type { MathNode } from "$/course/records";

const NAMESPACE = "http://www.w3.org/1998/Math/MathML";
const TAGS: ReadonlySet<string> = new Set(
  (
    "math mrow mi mn mo ms mtext mspace mfrac msqrt mroot mstyle mpadded mphantom mfenced menclose " +
    "msub msup msubsup munder mover munderover mmultiscripts mprescripts mtable mtr mtd"
  ).split(" "),
);
const ATTRIBUTES: ReadonlySet<string> = new Set(
  (
    "display displaystyle scriptlevel mathvariant stretchy fence separator form accent " +
    "accentunder movablelimits largeop symmetric lspace rspace width height depth minsize maxsize " +
    "linethickness columnalign rowspacing columnspacing"
  ).split(" "),
);

function element(node: MathNode): Element {
  const result = document.createElementNS(NAMESPACE, TAGS.has(node.tag) ? node.tag : "mrow");
  for (const [name, value] of Object.entries(node.attributes ?? {}))
    if (ATTRIBUTES.has(name)) result.setAttribute(name, value);
  for (const child of node.children ?? [])
    result.append(typeof child === "string" ? child : element(child));
  return result;
}

/** Return an attachment that puts a formula into an element. */
export const mathIn =
  (node: MathNode): Attachment =>
  (target) =>
    target.replaceChildren(element(node));

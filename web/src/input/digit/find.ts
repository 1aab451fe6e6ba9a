/**
 * The digit in a photo or drawing as an image of MNIST.
 *
 * The same rules as `convscope.handwriting.digit`: the background is removed, also under uneven
 * light; the ink is cropped, scaled and centred.
 */

import type { Rgba } from "$/input/decode";
import { centredInk, part } from "$/input/digit/centre";
import { LEAST, edgesOf, findContrast, sharpness, type Contrast } from "$/input/digit/contrast";
import { median, type Plane } from "$/input/digit/numbers";
import { connected, digits, inside, sizeOf, within, type Shape } from "$/input/digit/shapes";
import type { Picture } from "$/model/types";

const SHARES: readonly number[] = [0.3, 0.45, 0.6, 0.75]; // thresholds, of the highest contrast
const GRAINS = 8000; // horizontal runs of pixels: a digit has 500
const STRONG = 0.6; // of the highest contrast
const BLURRED = 0.3; // part of the outline of a shadow that is an edge, at most
const ALIKE = 0.05; // parts of two outlines that are edges
const ENOUGH = 0.8; // of the strong pixels of the best threshold
const JOINED = 0.15; // parts of two outlines that are edges: less is a digit joined with lines
const FILLED = 0.8; // of the box of a sheet of paper
const WRITTEN = 0.25; // of the size of a sheet: a digit on it
const PAPER = 0.5; // of the difference of ink from its surroundings

/** Ink above a threshold: its connected regions, and the digits that they form. */
interface Writing {
  readonly contrast: Contrast;
  readonly threshold: number;
  readonly labels: Int32Array;
  readonly digit: Shape;
  /** How many other shapes of about its size there are. */
  readonly others: number;
  /** Pixels of the digit with a high contrast. */
  readonly strong: number;
  /** Part of its outline that is an edge. */
  readonly sharpness: number;
}

export interface FoundDigit {
  readonly picture: Picture;
  readonly ink: Contrast["kind"];
  readonly others: number;
}

/** Return the digit in an image, or null without ink. */
export function findDigit(image: Rgba): FoundDigit | null {
  const writing = strokes(findContrast(image).map(separated));
  if (!writing) return null;
  const picture = centredInk(cropped(writing));
  return picture && { picture, ink: writing.contrast.kind, others: writing.others };
}

/**
 * The digits at the lowest threshold that separates them from lines of the paper: below it the
 * digit is joined with lines, and has fewer strong pixels or an outline without edges.
 */
function separated(contrast: Contrast): Writing | null {
  if (!contrast.peak) return null;
  const edges = edgesOf(contrast);
  const tried = SHARES.map((share) => above(contrast, share * contrast.peak, edges));
  const written = tried.filter((each) => each !== null);
  const most = Math.max(0, ...written.map(({ strong }) => strong));
  const enough = written.filter(({ strong }) => strong > ENOUGH * most);
  const sharpest = Math.max(0, ...enough.map((each) => each.sharpness));
  return enough.find((each) => each.sharpness > sharpest - JOINED) ?? null;
}

function above(contrast: Contrast, threshold: number, edges: Uint8Array): Writing | null {
  const { width, height, data } = contrast.ink;
  const mask = Uint8Array.from(data, (value) => (value > Math.max(threshold, LEAST) ? 1 : 0));
  let runs = 0;
  for (let k = 1; k < mask.length; k += 1) if (k % width && mask[k] && !mask[k - 1]) runs += 1;
  if (runs > GRAINS) return null;
  const { labels, shapes } = connected(mask, width, height);
  const listed = shapes.length ? digits(inside(shapes, width, height)) : null;
  if (!listed) return null;
  const [digit, ...others] = listed;
  const own = ownPixels(labels, digit);
  const strong = own.reduce(
    (count, is, k) => count + (is && (data[k] ?? 0) > STRONG * contrast.peak ? 1 : 0),
    0,
  );
  const common = { contrast, threshold, labels, digit, others: others.length, strong };
  return { ...common, sharpness: sharpness(edges, own, width) };
}

function ownPixels(labels: Int32Array, shape: Shape): Uint8Array {
  const own = new Set(shape.labels);
  return Uint8Array.from(labels, (label) => (own.has(label) ? 1 : 0));
}

/**
 * The writing, not the paper between its strokes, which contrasts with them as well; null where
 * there are only shadows and grain.
 */
function strokes(candidates: readonly (Writing | null)[]): Writing | null {
  const sharp = candidates.filter((each) => each !== null && each.sharpness > BLURRED);
  const [first, second] = sharp;
  if (!first || !second) return first ?? null;
  if (isSheet(first.digit, second.digit)) return second;
  if (isSheet(second.digit, first.digit)) return first;
  const [one, other] = [difference(first), difference(second)];
  if (Math.min(one, other) < PAPER * Math.max(one, other)) return one > other ? first : second;
  if (Math.abs(first.sharpness - second.sharpness) > ALIKE)
    return first.sharpness > second.sharpness ? first : second;
  // strokes surround the paper between them
  if (within(first.digit, second.digit)) return second;
  if (within(second.digit, first.digit)) return first;
  const weight = ({ contrast, strong }: Writing): number => contrast.peak * strong;
  return weight(second) > weight(first) ? second : first;
}

/** Whether a shape is a sheet of paper, or a screen, on which the other is written. */
function isSheet(outer: Shape, inner: Shape): boolean {
  const area = (outer.bottom - outer.top) * (outer.right - outer.left);
  const fills = outer.pixels / area > FILLED;
  return within(inner, outer) && fills && sizeOf(inner) > WRITTEN * sizeOf(outer);
}

interface Cut {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

function around({ top, left, bottom, right }: Shape, margin: number, image: Plane): Cut {
  return {
    top: Math.max(0, top - margin),
    left: Math.max(0, left - margin),
    bottom: Math.min(image.height, bottom + margin),
    right: Math.min(image.width, right + margin),
  };
}

const cut = (image: Plane, { left, top, right, bottom }: Cut): Plane =>
  part(image, left, top, right, bottom);

/** A mask as a plane of 0 and 1, cut. */
function ownPart({ labels, digit, contrast }: Writing, window: Cut): Plane {
  const { width, height } = contrast.ink;
  return cut({ width, height, data: Float32Array.from(ownPixels(labels, digit)) }, window);
}

/** How much the ink differs from its surroundings: of medians, 0 to 255. */
function difference(writing: Writing): number {
  const { values } = writing.contrast;
  const window = around(writing.digit, sizeOf(writing.digit), values);
  const own = ownPart(writing, window).data;
  const near = cut(values, window).data;
  const [ink, rest] = [near.filter((_, k) => own[k]), near.filter((_, k) => !own[k])];
  return rest.length ? Math.max(0, median(rest) - median(ink)) : 0;
}

/** The ink of one digit, 0 to 1, with the soft edges of its strokes. */
function cropped(writing: Writing): Plane {
  const { contrast, threshold, digit } = writing;
  const window = around(digit, 1, contrast.ink);
  const own = ownPart(writing, window);
  const ink = cut(contrast.ink, window);
  const full = median(ink.data.filter((_, k) => own.data[k]));
  const low = 0.5 * threshold;
  const span = Math.max(full - low, 1e-6);
  const { width, height } = own;
  const isNear = (y: number, x: number): boolean => {
    for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v += 1)
      for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u += 1)
        if (own.data[v * width + u]) return true;
    return false;
  };
  const { fround } = Math;
  const data = ink.data.map((value, k) => {
    if (!isNear(Math.floor(k / width), k % width)) return 0;
    return Math.min(1, Math.max(0, fround(fround(value - fround(low)) / fround(span))));
  });
  return { width, height, data };
}

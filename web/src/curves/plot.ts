/** Drawing of curves on a canvas: quick enough to draw again 60 times a second. */

import { logTicks, ticks, type Axes } from "./axes";
import { smoothed, thinned, visible, type Points } from "./points";

export interface Line {
  readonly series: Points;
  readonly colour: string;
  /** Raw points faint below a smoothed line; otherwise a line with its points. */
  readonly noisy: boolean;
  /** Letter at its end, where networks race. */
  readonly tag: string;
}

export interface Style {
  readonly ink: string;
  readonly muted: string;
  readonly grid: string;
  readonly font: string;
}

export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly axes: Axes;
}

export const LEFT = 50;
export const RIGHT = 20;
export const TOP = 8;
export const BOTTOM = 24;
/** Points of a line, at most so many for each pixel across. */
const DENSITY = 2;
/** Lines of fewer points show each of them. */
const FEW = 40;

export function xAt({ width, axes }: Frame, x: number): number {
  const share = (x - axes.start) / Math.max(axes.end - axes.start, 1e-9);
  return LEFT + share * (width - LEFT - RIGHT);
}

/** Return the x of a place on the canvas. */
export function xOf({ width, axes }: Frame, place: number): number {
  return axes.start + ((place - LEFT) / (width - LEFT - RIGHT)) * (axes.end - axes.start);
}

export function yAt({ height, axes }: Frame, y: number): number {
  const scale = (value: number): number =>
    axes.log ? Math.log10(Math.max(value, axes.low / 10)) : value;
  const share = (scale(y) - scale(axes.low)) / (scale(axes.high) - scale(axes.low) || 1);
  return height - BOTTOM - Math.min(1.02, Math.max(-0.02, share)) * (height - TOP - BOTTOM);
}

export interface Labels {
  x(value: number): string;
  y(value: number): string;
}

export function drawPlot(
  context: CanvasRenderingContext2D,
  frame: Frame,
  lines: readonly Line[],
  { style, labels, smoothing }: { style: Style; labels: Labels; smoothing: number },
): void {
  context.clearRect(0, 0, frame.width, frame.height);
  drawGrid(context, frame, style, labels);
  context.save();
  context.beginPath();
  context.rect(LEFT, 0, frame.width - LEFT - RIGHT + 3, frame.height - BOTTOM + 2);
  context.clip();
  for (const line of lines) drawLine(context, frame, line, smoothing);
  context.restore();
  drawTags(context, frame, lines, style);
}

function drawGrid(
  context: CanvasRenderingContext2D,
  frame: Frame,
  { muted, grid, font }: Style,
  labels: Labels,
): void {
  const { width, height, axes } = frame;
  context.font = font;
  context.fillStyle = muted;
  context.strokeStyle = grid;
  context.lineWidth = 1;
  context.textBaseline = "middle";
  context.textAlign = "right";
  const rows = axes.log ? logTicks(axes.low, axes.high) : ticks(axes.low, axes.high, 5);
  context.beginPath();
  for (const value of rows) {
    const y = Math.round(yAt(frame, value)) + 0.5;
    context.moveTo(LEFT, y);
    context.lineTo(width - RIGHT, y);
    context.fillText(labels.y(value), LEFT - 7, y);
  }
  context.stroke();
  context.textAlign = "center";
  context.textBaseline = "alphabetic";
  for (const value of ticks(axes.start, axes.end, Math.max(2, width / 110))) {
    const label = labels.x(value);
    const most = width - context.measureText(label).width / 2;
    context.fillText(label, Math.min(most, xAt(frame, value)), height - 6);
  }
}

/** Draw points that are connected; a point that is not finite is a gap. */
function drawPath(
  context: CanvasRenderingContext2D,
  frame: Frame,
  series: Points,
  y: (index: number) => number,
): void {
  const range = visible(series, frame.axes.start, frame.axes.end);
  let gap = true;
  context.beginPath();
  for (const index of thinned(y, range, DENSITY * frame.width)) {
    const value = y(index);
    if (!Number.isFinite(value)) {
      gap = true;
      continue;
    }
    const [left, top] = [xAt(frame, series.x(index)), yAt(frame, value)];
    if (gap) context.moveTo(left, top);
    else context.lineTo(left, top);
    gap = false;
  }
  context.stroke();
}

function drawLine(
  context: CanvasRenderingContext2D,
  frame: Frame,
  line: Line,
  smoothing: number,
): void {
  const { series, colour, noisy } = line;
  const raw = (index: number): number => series.y(index);
  context.strokeStyle = colour;
  context.fillStyle = colour;
  context.lineJoin = "round";
  if (noisy && smoothing > 0) {
    context.lineWidth = 1;
    context.globalAlpha = 0.22;
    drawPath(context, frame, series, raw);
    context.globalAlpha = 0.75;
    const values = smoothed(series, smoothing);
    drawPath(context, frame, series, (index) => values[index] ?? NaN);
    context.globalAlpha = 1;
    return;
  }
  context.lineWidth = noisy ? 1.25 : 2.25;
  drawPath(context, frame, series, raw);
  const [from, to] = visible(series, frame.axes.start, frame.axes.end);
  if (to - from > (noisy ? 1 : FEW)) return;
  for (let index = from; index < to; index++) {
    if (!Number.isFinite(series.y(index))) continue;
    context.beginPath();
    context.arc(xAt(frame, series.x(index)), yAt(frame, series.y(index)), 2.5, 0, 2 * Math.PI);
    context.fill();
  }
}

function drawTags(
  context: CanvasRenderingContext2D,
  frame: Frame,
  lines: readonly Line[],
  { font }: Style,
): void {
  context.font = `600 ${font}`;
  context.textAlign = "left";
  context.textBaseline = "middle";
  for (const { series, tag, colour, noisy } of lines) {
    if (!tag || noisy || !series.last) continue;
    const { x, y } = series.last;
    if (x < frame.axes.start || x > frame.axes.end) continue;
    context.fillStyle = colour;
    context.fillText(tag, Math.min(xAt(frame, x) + 5, frame.width - RIGHT + 5), yAt(frame, y));
  }
}

/** Drawing of curves on a canvas: quick enough to draw again 60 times a second. */

import { smoothed, type Series } from "./series";

export interface Line {
  readonly series: Series;
  readonly colour: string;
  /** Raw points faint below a smoothed line; otherwise a line with its points. */
  readonly noisy: boolean;
  /** Letter at its end, where networks race. */
  readonly tag: string;
}

export interface Axes {
  readonly low: number;
  readonly high: number;
  /** Largest x. */
  readonly end: number;
  readonly log: boolean;
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

const LEFT = 46;
const RIGHT = 20;
const TOP = 8;
const BOTTOM = 24;
const SMOOTHING = 0.92;

export function xAt({ width, axes }: Frame, x: number): number {
  return LEFT + (x / Math.max(axes.end, 1e-9)) * (width - LEFT - RIGHT);
}

/** Return the x of a place on the canvas. */
export function xOf({ width, axes }: Frame, place: number): number {
  return ((place - LEFT) / (width - LEFT - RIGHT)) * axes.end;
}

export function yAt({ height, axes }: Frame, y: number): number {
  const scale = (value: number): number =>
    axes.log ? Math.log10(Math.max(value, axes.low / 10)) : value;
  const share = (scale(y) - scale(axes.low)) / (scale(axes.high) - scale(axes.low) || 1);
  return height - BOTTOM - Math.min(1.02, Math.max(-0.02, share)) * (height - TOP - BOTTOM);
}

/** Return the range that shows all lines: of a loss on a logarithmic axis. */
export function lossAxes(lines: readonly Line[], end: number, guessing: number): Axes {
  let low = guessing / 2;
  for (const { series } of lines) {
    const values = smoothed(series, SMOOTHING);
    for (const value of values) if (value < low) low = value;
  }
  return { low: Math.max(1e-4, 0.7 * low), high: 1.6 * guessing, end, log: true };
}

/** Return the range of accuracy: the upper part once all lines are there. */
export function shareAxes(lines: readonly Line[], end: number): Axes {
  const lasts = lines.flatMap(({ series, noisy }) =>
    noisy || !series.last ? [] : [series.last.y],
  );
  const least = Math.min(...(lasts.length > 0 ? lasts : [0]));
  return { low: least > 0.97 ? 0.9 : least > 0.88 ? 0.7 : 0, high: 1, end, log: false };
}

/** Return round numbers between two ends, at most about `most` of them. */
export function ticks(low: number, high: number, most: number): number[] {
  const rough = (high - low) / Math.max(1, most);
  if (!(rough > 0)) return [];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: Math.max(0, count) }, (_, index) => (first + index) * step);
}

/** Return 0.01, 0.1, 1 ... with 2 and 5 between them if these are few. */
export function logTicks(low: number, high: number): number[] {
  const decades = Math.log10(high / low);
  const factors = decades < 1.2 ? [1, 2, 5] : decades < 2.4 ? [1, 3] : [1];
  const values: number[] = [];
  for (let power = Math.floor(Math.log10(low)); 10 ** power <= high; power++) {
    for (const factor of factors) values.push(factor * 10 ** power);
  }
  return values.filter((value) => value >= low && value <= high);
}

export interface Labels {
  x(value: number): string;
  y(value: number): string;
}

export function drawPlot(
  context: CanvasRenderingContext2D,
  frame: Frame,
  lines: readonly Line[],
  style: Style,
  labels: Labels,
): void {
  context.clearRect(0, 0, frame.width, frame.height);
  drawGrid(context, frame, style, labels);
  context.save();
  context.beginPath();
  context.rect(LEFT, 0, frame.width - LEFT - RIGHT + 3, frame.height - BOTTOM + 2);
  context.clip();
  for (const line of lines) drawLine(context, frame, line);
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
  for (const value of ticks(0, axes.end, Math.max(2, width / 110))) {
    context.fillText(labels.x(value), xAt(frame, value), height - 6);
  }
}

function drawLine(context: CanvasRenderingContext2D, frame: Frame, line: Line): void {
  const { series, colour, noisy } = line;
  const path = (y: (index: number) => number): void => {
    context.beginPath();
    for (let index = 0; index < series.length; index++) {
      context.lineTo(xAt(frame, series.x(index)), yAt(frame, y(index)));
    }
    context.stroke();
  };
  context.strokeStyle = colour;
  context.fillStyle = colour;
  context.lineJoin = "round";
  if (noisy) {
    context.lineWidth = 1;
    context.globalAlpha = 0.22;
    path((index) => series.y(index));
    context.globalAlpha = 0.75;
    const values = smoothed(series, SMOOTHING);
    path((index) => values[index] ?? 0);
    context.globalAlpha = 1;
    return;
  }
  context.lineWidth = 2.25;
  path((index) => series.y(index));
  if (series.length > 40) return;
  for (let index = 0; index < series.length; index++) {
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
    context.fillStyle = colour;
    const { x, y } = series.last;
    context.fillText(tag, Math.min(xAt(frame, x) + 5, frame.width - RIGHT + 5), yAt(frame, y));
  }
}

/** What the engine knows of a layer or of a composition that joins branches. */

import type { Kernels } from "$/engine/wasm/kernels";
import type { Arena } from "$/engine/wasm/memory";
import { engineError } from "$/engine/problem";
import type { Random } from "$/engine/random";
import type { Scheme } from "$/engine/types";

/** [C, H, W], or [F]. */
export type Shape = readonly number[];
export type Fields = Readonly<Record<string, unknown>>;

export interface ParameterSpec {
  readonly name: string;
  /** Shape in the state dict. */
  readonly shape: readonly number[];
  /** Whether weight decay acts on it. */
  readonly decays: boolean;
  /** Initial values. */
  fill(values: Float32Array, scheme: Scheme, random: Random): void;
  /** Where each of its numbers is kept, if the engine keeps further ones, which stay 0. */
  readonly places?: { readonly size: number; readonly of: Int32Array };
}

/** State that is not trained. */
export interface BufferSpec {
  readonly name: string;
  readonly size: number;
  readonly value: number;
}

export interface Variable {
  readonly at: number;
  readonly gradient: number;
}

/** Everything that one operation of a plan needs. Addresses are bytes; 0 is absent. */
export interface Site {
  readonly kernels: Kernels;
  readonly arena: Arena;
  readonly fields: Fields;
  /** Multiple of 4. */
  readonly batch: number;
  readonly x: readonly number[];
  readonly inputs: readonly Shape[];
  readonly y: number;
  readonly output: Shape;
  parameter(name: string): Variable;
  buffer(name: string): number;
  /** Number of images of the batch that count. */
  count(): number;
  /** A new seed for each step and layer. */
  seed(): number;
}

export interface Operation {
  forward(training: boolean): void;
  /** From the gradient at the output to those at the inputs (0: not needed) and parameters. */
  backward(dy: number, dx: readonly number[]): void;
}

export interface Rule {
  /** Throws an EngineError if the inputs do not fit, or a field is not supported. */
  shape(fields: Fields, inputs: readonly Shape[]): Shape;
  parameters?(fields: Fields, inputs: readonly Shape[]): readonly ParameterSpec[];
  buffers?(fields: Fields, inputs: readonly Shape[]): readonly BufferSpec[];
  /** The output is the input's memory. */
  readonly view?: true;
  /** Ends of its range, for layers that saturate. */
  ends?(fields: Fields): readonly [low: number, high: number];
  plan(site: Site): Operation;
}

export const size = (shape: Shape): number => shape.reduce((product, n) => product * n, 1);

/** Bytes of an array of this shape for a batch. */
export const bytesOf = (shape: Shape, batch: number): number => 4 * size(shape) * batch;

/** The only input of a layer. */
export function only<T>(inputs: readonly T[]): T {
  const first = inputs[0];
  if (first === undefined) throw engineError("engine.shape", { shape: "-", expected: "1" });
  return first;
}

/** [C, H, W] of the only input; an EngineError for a vector. */
export function maps(inputs: readonly Shape[]): readonly [number, number, number] {
  const [channels, height, width] = only(inputs);
  if (channels === undefined || height === undefined || width === undefined)
    throw engineError("engine.maps", { shape: only(inputs).join(" x ") });
  return [channels, height, width];
}

/** Number of features of the only input; an EngineError for maps. */
export function features(inputs: readonly Shape[]): number {
  const shape = only(inputs);
  if (shape.length !== 1) throw engineError("engine.vector", { shape: shape.join(" x ") });
  return shape[0] ?? 0;
}

export function numberOf(fields: Fields, name: string, otherwise?: number): number {
  const value = fields[name] ?? otherwise;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw engineError("engine.number", { name, value: JSON.stringify(value) ?? "-" });
}

/** A whole number of at least `least`. */
export function countOf(fields: Fields, name: string, least: number, otherwise?: number): number {
  const value = numberOf(fields, name, otherwise);
  if (Number.isInteger(value) && value >= least && value <= 1 << 24) return value;
  throw engineError("engine.number", { name, value });
}

export function flagOf(fields: Fields, name: string, otherwise: boolean): boolean {
  const value = fields[name] ?? otherwise;
  return value === true;
}

/** A parameter that begins with one number throughout. */
export function constant(
  name: string,
  shape: readonly number[],
  value: number,
  decays = false,
): ParameterSpec {
  return { name, shape, decays, fill: (values) => void values.fill(value) };
}

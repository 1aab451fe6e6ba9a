// Functions of one number, and their derivatives.

import { erf, exp, sigmoid, tanh } from "./arithmetic";

// @ts-ignore: decorator
@inline const RELU = 0;
// @ts-ignore: decorator
@inline const RELU6 = 1;
// @ts-ignore: decorator
@inline const LEAKY = 2;
// @ts-ignore: decorator
@inline const ELU = 3;
// @ts-ignore: decorator
@inline const GELU = 4;
// @ts-ignore: decorator
@inline const GELU_TANH = 5;
// @ts-ignore: decorator
@inline const SILU = 6;
// @ts-ignore: decorator
@inline const HARDSWISH = 7;
// @ts-ignore: decorator
@inline const TANH = 8;
// @ts-ignore: decorator
@inline const SCALED_TANH = 9;
// @ts-ignore: decorator
@inline const SIGMOID = 10;
// @ts-ignore: decorator
@inline const HARDSIGMOID = 11;

// @ts-ignore: decorator
@inline
function clamp(x: v128, low: f32, high: f32): v128 {
  return f32x4.min(f32x4.max(x, f32x4.splat(low)), f32x4.splat(high));
}

// @ts-ignore: decorator
@inline
function innerTanh(x: v128): v128 {
  const cube = f32x4.add(f32x4.splat(1), f32x4.mul(f32x4.splat(0.044715), f32x4.mul(x, x)));
  return tanh(f32x4.mul(f32x4.splat(0.7978845608028654), f32x4.mul(x, cube)));
}

// @ts-ignore: decorator
@inline
function value(code: i32, x: v128, a: f32, b: f32): v128 {
  const zero = f32x4.splat(0), one = f32x4.splat(1);
  if (code == RELU) return f32x4.max(x, zero);
  if (code == RELU6) return clamp(x, 0, 6);
  if (code == LEAKY) return v128.bitselect(x, f32x4.mul(x, f32x4.splat(a)), f32x4.ge(x, zero));
  if (code == ELU) {
    const below = f32x4.mul(f32x4.splat(a), f32x4.sub(exp(f32x4.min(x, zero)), one));
    return v128.bitselect(x, below, f32x4.gt(x, zero));
  }
  if (code == GELU) {
    const part = erf(f32x4.mul(x, f32x4.splat(0.7071067811865476)));
    return f32x4.mul(f32x4.mul(x, f32x4.splat(0.5)), f32x4.add(one, part));
  }
  if (code == GELU_TANH) {
    return f32x4.mul(f32x4.mul(x, f32x4.splat(0.5)), f32x4.add(one, innerTanh(x)));
  }
  if (code == SILU) return f32x4.mul(x, sigmoid(x));
  if (code == HARDSWISH) {
    return f32x4.mul(x, f32x4.mul(clamp(f32x4.add(x, f32x4.splat(3)), 0, 6), f32x4.splat(1.0 / 6)));
  }
  if (code == TANH) return tanh(x);
  if (code == SCALED_TANH) return f32x4.mul(f32x4.splat(a), tanh(f32x4.mul(f32x4.splat(b), x)));
  if (code == SIGMOID) return sigmoid(x);
  return f32x4.mul(clamp(f32x4.add(x, f32x4.splat(3)), 0, 6), f32x4.splat(1.0 / 6));
}

// @ts-ignore: decorator
@inline
function between(x: v128, low: f32, high: f32): v128 {
  return v128.and(f32x4.gt(x, f32x4.splat(low)), f32x4.lt(x, f32x4.splat(high)));
}

/** Derivative at x, where the function is y. */
// @ts-ignore: decorator
@inline
function slope(code: i32, x: v128, y: v128, a: f32, b: f32): v128 {
  const zero = f32x4.splat(0), one = f32x4.splat(1);
  if (code == RELU) return v128.and(one, f32x4.gt(x, zero));
  if (code == RELU6) return v128.and(one, between(x, 0, 6));
  if (code == LEAKY) return v128.bitselect(one, f32x4.splat(a), f32x4.gt(x, zero));
  if (code == ELU) return v128.bitselect(one, f32x4.add(y, f32x4.splat(a)), f32x4.gt(x, zero));
  if (code == GELU) {
    const part = f32x4.add(one, erf(f32x4.mul(x, f32x4.splat(0.7071067811865476))));
    const bell = exp(f32x4.mul(f32x4.splat(-0.5), f32x4.mul(x, x)));
    const rise = f32x4.mul(f32x4.mul(x, bell), f32x4.splat(0.3989422804014327));
    return f32x4.add(f32x4.mul(part, f32x4.splat(0.5)), rise);
  }
  if (code == GELU_TANH) {
    const t = innerTanh(x);
    const square = f32x4.mul(f32x4.splat(3 * 0.044715), f32x4.mul(x, x));
    const inner = f32x4.mul(f32x4.splat(0.7978845608028654), f32x4.add(one, square));
    const rise = f32x4.mul(f32x4.mul(x, f32x4.sub(one, f32x4.mul(t, t))), inner);
    return f32x4.mul(f32x4.splat(0.5), f32x4.add(f32x4.add(one, t), rise));
  }
  if (code == SILU) {
    const s = sigmoid(x);
    return f32x4.mul(s, f32x4.add(one, f32x4.mul(x, f32x4.sub(one, s))));
  }
  if (code == HARDSWISH) {
    const middle = f32x4.add(f32x4.mul(x, f32x4.splat(1.0 / 3)), f32x4.splat(0.5));
    const high = v128.bitselect(one, middle, f32x4.gt(x, f32x4.splat(3)));
    return v128.and(high, f32x4.gt(x, f32x4.splat(-3)));
  }
  if (code == TANH) return f32x4.sub(one, f32x4.mul(y, y));
  if (code == SCALED_TANH) {
    const t = f32x4.mul(y, f32x4.splat(<f32>1 / a));
    return f32x4.mul(f32x4.splat(a * b), f32x4.sub(one, f32x4.mul(t, t)));
  }
  if (code == SIGMOID) return f32x4.mul(y, f32x4.sub(one, y));
  return v128.and(f32x4.splat(1.0 / 6), between(x, -3, 3));
}

// @ts-ignore: decorator
@inline
function values(code: i32, x: usize, y: usize, bytes: usize, a: f32, b: f32): void {
  for (const end = x + bytes; x < end; x += 16) {
    v128.store(y, value(code, v128.load(x), a, b));
    y += 16;
  }
}

// @ts-ignore: decorator
@inline
function slopes(code: i32, x: usize, y: usize, dy: usize, dx: usize, bytes: usize, a: f32, b: f32): void {
  for (const end = x + bytes; x < end; x += 16) {
    v128.store(dx, f32x4.mul(v128.load(dy), slope(code, v128.load(x), v128.load(y), a, b)));
    y += 16;
    dy += 16;
    dx += 16;
  }
}

/** y = f(x), `bytes` of memory. */
export function activate(code: i32, x: usize, y: usize, bytes: usize, a: f32, b: f32): void {
  // a constant in each call, so that the loop inside tests nothing
  switch (code) {
    case RELU: return values(RELU, x, y, bytes, a, b);
    case RELU6: return values(RELU6, x, y, bytes, a, b);
    case LEAKY: return values(LEAKY, x, y, bytes, a, b);
    case ELU: return values(ELU, x, y, bytes, a, b);
    case GELU: return values(GELU, x, y, bytes, a, b);
    case GELU_TANH: return values(GELU_TANH, x, y, bytes, a, b);
    case SILU: return values(SILU, x, y, bytes, a, b);
    case HARDSWISH: return values(HARDSWISH, x, y, bytes, a, b);
    case TANH: return values(TANH, x, y, bytes, a, b);
    case SCALED_TANH: return values(SCALED_TANH, x, y, bytes, a, b);
    case SIGMOID: return values(SIGMOID, x, y, bytes, a, b);
    default: return values(HARDSIGMOID, x, y, bytes, a, b);
  }
}

/** dx = dy * f'(x) */
export function activateBack(code: i32, x: usize, y: usize, dy: usize, dx: usize, bytes: usize, a: f32, b: f32): void {
  switch (code) {
    case RELU: return slopes(RELU, x, y, dy, dx, bytes, a, b);
    case RELU6: return slopes(RELU6, x, y, dy, dx, bytes, a, b);
    case LEAKY: return slopes(LEAKY, x, y, dy, dx, bytes, a, b);
    case ELU: return slopes(ELU, x, y, dy, dx, bytes, a, b);
    case GELU: return slopes(GELU, x, y, dy, dx, bytes, a, b);
    case GELU_TANH: return slopes(GELU_TANH, x, y, dy, dx, bytes, a, b);
    case SILU: return slopes(SILU, x, y, dy, dx, bytes, a, b);
    case HARDSWISH: return slopes(HARDSWISH, x, y, dy, dx, bytes, a, b);
    case TANH: return slopes(TANH, x, y, dy, dx, bytes, a, b);
    case SCALED_TANH: return slopes(SCALED_TANH, x, y, dy, dx, bytes, a, b);
    case SIGMOID: return slopes(SIGMOID, x, y, dy, dx, bytes, a, b);
    default: return slopes(HARDSIGMOID, x, y, dy, dx, bytes, a, b);
  }
}

// Layers that work channel by channel, or across the channels of a position.

import { exp, log, madd, total } from "./arithmetic";

/** y[c] = x[c] * a[c] + b[c]; b may be 0 (absent). `bytes`: of a channel. */
export function scale(x: usize, y: usize, a: usize, b: usize, channels: i32, bytes: usize): void {
  for (let c = 0; c < channels; c++) {
    const factor = v128.load32_splat(a + <usize>(c << 2));
    const shift = b ? v128.load32_splat(b + <usize>(c << 2)) : f32x4.splat(0);
    for (const end = x + bytes; x < end; x += 16) {
      v128.store(y, f32x4.add(f32x4.mul(v128.load(x), factor), shift));
      y += 16;
    }
  }
}

/** dx = dy * a[c], da[c] = sum of dy * x, db[c] = sum of dy; dx and db may be 0. */
export function scaleBack(x: usize, dy: usize, dx: usize, a: usize, da: usize, db: usize, channels: i32, bytes: usize): void {
  for (let c = 0; c < channels; c++) {
    const factor = v128.load32_splat(a + <usize>(c << 2));
    let products = f32x4.splat(0), sums = products;
    for (const end = x + bytes; x < end; x += 16) {
      const g = v128.load(dy);
      products = madd(g, v128.load(x), products);
      sums = f32x4.add(sums, g);
      if (dx) {
        v128.store(dx, f32x4.mul(g, factor));
        dx += 16;
      }
      dy += 16;
    }
    store<f32>(da + <usize>(c << 2), total(products));
    if (db) store<f32>(db + <usize>(c << 2), total(sums));
  }
}

/** y = x for x >= 0, else w[c] * x; `step` is 4 for a slope of each channel, else 0. */
export function prelu(x: usize, y: usize, w: usize, step: i32, channels: i32, bytes: usize): void {
  const zero = f32x4.splat(0);
  for (let c = 0; c < channels; c++) {
    const below = v128.load32_splat(w + <usize>(c * step));
    for (const end = x + bytes; x < end; x += 16) {
      const v = v128.load(x);
      v128.store(y, v128.bitselect(v, f32x4.mul(v, below), f32x4.ge(v, zero)));
      y += 16;
    }
  }
}

/** dw is set to 0 by the caller; dx may be 0. */
export function preluBack(x: usize, dy: usize, dx: usize, w: usize, dw: usize, step: i32, channels: i32, bytes: usize): void {
  const zero = f32x4.splat(0);
  for (let c = 0; c < channels; c++) {
    const below = v128.load32_splat(w + <usize>(c * step));
    let sums = zero;
    for (const end = x + bytes; x < end; x += 16) {
      const v = v128.load(x), g = v128.load(dy);
      sums = madd(g, f32x4.min(v, zero), sums);
      if (dx) {
        v128.store(dx, v128.bitselect(g, f32x4.mul(g, below), f32x4.gt(v, zero)));
        dx += 16;
      }
      dy += 16;
    }
    const to = dw + <usize>(c * step);
    store<f32>(to, load<f32>(to) + total(sums));
  }
}

/** All bits of the first `count` lanes, for 0 to 4. */
// @ts-ignore: decorator
@inline
function lanes(count: i32): v128 {
  return i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(count));
}

/**
 * Batch normalisation in training.
 * @param d descriptor: 0 x, 1 y, 2 channels, 3 positions, 4 batch, 5 images that count, 6 gamma
 *   or 0, 7 beta or 0, 8 running mean, 9 running variance, 10 batch mean, 11 1 / deviation
 */
export function batchNorm(d: usize, eps: f32, momentum: f32): void {
  let x = <usize>load<u32>(d), y = <usize>load<u32>(d, 4);
  const channels = load<i32>(d, 8), places = load<i32>(d, 12), n = load<i32>(d, 16), count = load<i32>(d, 20);
  const gamma = <usize>load<u32>(d, 24), beta = <usize>load<u32>(d, 28);
  const runningMean = <usize>load<u32>(d, 32), runningVar = <usize>load<u32>(d, 36);
  const means = <usize>load<u32>(d, 40), scales = <usize>load<u32>(d, 44);
  const m = <f64>places * <f64>count;
  for (let c = 0; c < channels; c++) {
    const at = <usize>(c << 2);
    const mean = <f32>(moment(x, places, n, count, 0, false) / m);
    const variance = moment(x, places, n, count, mean, true) / m;
    const deviation = <f32>(1 / Math.sqrt(variance + <f64>eps));
    store<f32>(means + at, mean);
    store<f32>(scales + at, deviation);
    const unbiased = <f32>(variance * m / max<f64>(m - 1, 1));
    store<f32>(runningMean + at, (1 - momentum) * load<f32>(runningMean + at) + momentum * mean);
    store<f32>(runningVar + at, (1 - momentum) * load<f32>(runningVar + at) + momentum * unbiased);
    const factor = gamma ? deviation * load<f32>(gamma + at) : deviation;
    const f = f32x4.splat(factor), s = f32x4.splat(beta ? load<f32>(beta + at) : 0), mu = f32x4.splat(mean);
    for (const end = x + <usize>(places * n << 2); x < end; x += 16) {
      v128.store(y, f32x4.add(f32x4.mul(f32x4.sub(v128.load(x), mu), f), s));
      y += 16;
    }
  }
}

/** Sum of x - mean, or of its square, over the images that count. */
function moment(x: usize, places: i32, n: i32, count: i32, mean: f32, square: bool): f64 {
  const mu = f32x4.splat(mean), full = <usize>((count & ~3) << 2), mask = lanes(count & 3);
  let sum: f64 = 0;
  for (let p = 0; p < places; p++) {
    let a = f32x4.splat(0);
    for (let o: usize = 0; o < full; o += 16) {
      const v = f32x4.sub(v128.load(x + o), mu);
      a = f32x4.add(a, square ? f32x4.mul(v, v) : v);
    }
    if (count & 3) {
      const v = v128.and(f32x4.sub(v128.load(x + full), mu), mask);
      a = f32x4.add(a, square ? f32x4.mul(v, v) : v);
    }
    sum += <f64>total(a);
    x += <usize>(n << 2);
  }
  return sum;
}

/** Batch normalisation with the running averages. */
export function batchNormFixed(d: usize, eps: f32): void {
  let x = <usize>load<u32>(d), y = <usize>load<u32>(d, 4);
  const channels = load<i32>(d, 8), places = load<i32>(d, 12), n = load<i32>(d, 16);
  const gamma = <usize>load<u32>(d, 24), beta = <usize>load<u32>(d, 28);
  const runningMean = <usize>load<u32>(d, 32), runningVar = <usize>load<u32>(d, 36);
  for (let c = 0; c < channels; c++) {
    const at = <usize>(c << 2);
    const deviation = <f32>(1 / Math.sqrt(<f64>load<f32>(runningVar + at) + <f64>eps));
    const factor = gamma ? deviation * load<f32>(gamma + at) : deviation;
    const f = f32x4.splat(factor), mu = f32x4.splat(load<f32>(runningMean + at));
    const s = f32x4.splat(beta ? load<f32>(beta + at) : 0);
    for (const end = x + <usize>(places * n << 2); x < end; x += 16) {
      v128.store(y, f32x4.add(f32x4.mul(f32x4.sub(v128.load(x), mu), f), s));
      y += 16;
    }
  }
}

/** Gradients of `batchNorm`; dx may be 0. dy is 0 for images that do not count. */
export function batchNormBack(d: usize, dy: usize, dx: usize, dgamma: usize, dbeta: usize): void {
  let x = <usize>load<u32>(d);
  const channels = load<i32>(d, 8), places = load<i32>(d, 12), n = load<i32>(d, 16), count = load<i32>(d, 20);
  const gamma = <usize>load<u32>(d, 24);
  const means = <usize>load<u32>(d, 40), scales = <usize>load<u32>(d, 44);
  const place = <usize>(n << 2), bytes = place * <usize>places;
  const m = <f32>places * <f32>count;
  for (let c = 0; c < channels; c++) {
    const at = <usize>(c << 2);
    const mu = f32x4.splat(load<f32>(means + at)), deviation = load<f32>(scales + at);
    let sum: f64 = 0, products: f64 = 0;
    for (let p = 0; p < places; p++) {
      const o = <usize>p * place;
      let a = f32x4.splat(0), b = a;
      for (let q = o; q < o + place; q += 16) {
        const g = v128.load(dy + q);
        a = f32x4.add(a, g);
        // an image that does not count may hold anything, and 0 * NaN is not 0
        b = f32x4.add(b, v128.and(f32x4.mul(g, f32x4.sub(v128.load(x + q), mu)), f32x4.ne(g, f32x4.splat(0))));
      }
      sum += <f64>total(a);
      products += <f64>total(b);
    }
    const byScale = <f32>(products * <f64>deviation), byShift = <f32>sum;
    store<f32>(dgamma + at, byScale);
    store<f32>(dbeta + at, byShift);
    if (dx) {
      const f = f32x4.splat(deviation * (gamma ? load<f32>(gamma + at) : <f32>1));
      const mean = f32x4.splat(byShift / m), along = f32x4.splat(byScale * deviation / m);
      for (let p = 0; p < places; p++) {
        for (let i = 0; i < n; i += 4) {
          const q = <usize>p * place + <usize>(i << 2);
          const part = f32x4.add(mean, f32x4.mul(along, f32x4.sub(v128.load(x + q), mu)));
          const v = f32x4.mul(f, f32x4.sub(v128.load(dy + q), part));
          v128.store(dx + q, v128.and(v, lanes(count - i)));
        }
      }
      dx += bytes;
    }
    dy += bytes;
    x += bytes;
  }
}

/** base[c] = k + a * sum of x^2 over channels c - before ... c + after; y = x / base^beta */
export function responseNorm(x: usize, y: usize, base: usize, channels: i32, bytes: usize, before: i32, after: i32, a: f32, beta: f32, k: f32): void {
  for (let o: usize = 0; o < bytes; o += 16) {
    for (let c = 0; c < channels; c++) {
      const last = min(channels - 1, c + after);
      let sum = f32x4.splat(0);
      for (let j = max(0, c - before); j <= last; j++) {
        const v = v128.load(x + <usize>j * bytes + o);
        sum = f32x4.add(sum, f32x4.mul(v, v));
      }
      const at = <usize>c * bytes + o;
      const s = f32x4.add(f32x4.splat(k), f32x4.mul(f32x4.splat(a), sum));
      v128.store(base + at, s);
      const factor = exp(f32x4.mul(f32x4.splat(-beta), log(s)));
      v128.store(y + at, f32x4.mul(v128.load(x + at), factor));
    }
  }
}

/** dx[c] = dy[c] / base[c]^beta - 2 a beta x[c] * sum of dy y / base over the sums that read c */
export function responseNormBack(x: usize, y: usize, base: usize, dy: usize, dx: usize, channels: i32, bytes: usize, before: i32, after: i32, a: f32, beta: f32): void {
  const factor = f32x4.splat(2 * a * beta);
  for (let o: usize = 0; o < bytes; o += 16) {
    for (let c = 0; c < channels; c++) {
      const last = min(channels - 1, c + before);
      let sum = f32x4.splat(0);
      for (let j = max(0, c - after); j <= last; j++) {
        const q = <usize>j * bytes + o;
        sum = f32x4.add(sum, f32x4.div(f32x4.mul(v128.load(dy + q), v128.load(y + q)), v128.load(base + q)));
      }
      const at = <usize>c * bytes + o;
      const direct = f32x4.mul(v128.load(dy + at), exp(f32x4.mul(f32x4.splat(-beta), log(v128.load(base + at)))));
      v128.store(dx + at, f32x4.sub(direct, f32x4.mul(f32x4.mul(factor, v128.load(x + at)), sum)));
    }
  }
}

/** Softmax over the channels of each position. */
export function softmax(x: usize, y: usize, channels: i32, bytes: usize): void {
  for (let o: usize = 0; o < bytes; o += 16) {
    let high = v128.load(x + o);
    for (let c = 1; c < channels; c++) high = f32x4.max(high, v128.load(x + <usize>c * bytes + o));
    let sum = f32x4.splat(0);
    for (let c = 0; c < channels; c++) {
      const at = <usize>c * bytes + o;
      const e = exp(f32x4.sub(v128.load(x + at), high));
      v128.store(y + at, e);
      sum = f32x4.add(sum, e);
    }
    const factor = f32x4.div(f32x4.splat(1), sum);
    for (let c = 0; c < channels; c++) {
      const at = <usize>c * bytes + o;
      v128.store(y + at, f32x4.mul(v128.load(y + at), factor));
    }
  }
}

export function softmaxBack(y: usize, dy: usize, dx: usize, channels: i32, bytes: usize): void {
  for (let o: usize = 0; o < bytes; o += 16) {
    let sum = f32x4.splat(0);
    for (let c = 0; c < channels; c++) {
      const at = <usize>c * bytes + o;
      sum = f32x4.add(sum, f32x4.mul(v128.load(y + at), v128.load(dy + at)));
    }
    for (let c = 0; c < channels; c++) {
      const at = <usize>c * bytes + o;
      v128.store(dx + at, f32x4.mul(v128.load(y + at), f32x4.sub(v128.load(dy + at), sum)));
    }
  }
}

/** y[k] = -sum over j of (x[j] - w[k, j])^2 */
export function distances(x: usize, w: usize, y: usize, features: i32, outs: i32, bytes: usize): void {
  for (let k = 0; k < outs; k++) {
    for (let o: usize = 0; o < bytes; o += 16) {
      let sum = f32x4.splat(0);
      for (let j = 0; j < features; j++) {
        const away = f32x4.sub(v128.load(x + <usize>j * bytes + o), v128.load32_splat(w + <usize>(j << 2)));
        sum = madd(away, away, sum);
      }
      v128.store(y + o, f32x4.neg(sum));
    }
    y += bytes;
    w += <usize>(features << 2);
  }
}

export function distancesBack(x: usize, w: usize, dy: usize, dx: usize, features: i32, outs: i32, bytes: usize): void {
  for (let j = 0; j < features; j++) {
    for (let o: usize = 0; o < bytes; o += 16) {
      const v = v128.load(x + o);
      let sum = f32x4.splat(0);
      for (let k = 0; k < outs; k++) {
        const away = f32x4.sub(v, v128.load32_splat(w + <usize>((k * features + j) << 2)));
        sum = madd(away, v128.load(dy + <usize>k * bytes + o), sum);
      }
      v128.store(dx + o, f32x4.mul(sum, f32x4.splat(-2)));
    }
    x += bytes;
    dx += bytes;
  }
}

/** Body times gate: of one number for each of `units`, `places` numbers of the body each. */
export function gate(body: usize, by: usize, y: usize, units: i32, places: i32, batchBytes: usize): void {
  for (let c = 0; c < units; c++) {
    for (let p = 0; p < places; p++) {
      for (let o: usize = 0; o < batchBytes; o += 16) {
        v128.store(y + o, f32x4.mul(v128.load(body + o), v128.load(by + o)));
      }
      body += batchBytes;
      y += batchBytes;
    }
    by += batchBytes;
  }
}

/** Gradient of the gate: dby = sum over places of dy * body. */
export function gateBack(body: usize, dy: usize, dby: usize, units: i32, places: i32, batchBytes: usize): void {
  const bytes = <usize>places * batchBytes;
  for (let c = 0; c < units; c++) {
    for (let o: usize = 0; o < batchBytes; o += 16) {
      let sum = f32x4.splat(0);
      for (let q = o; q < bytes; q += batchBytes) {
        sum = madd(v128.load(body + q), v128.load(dy + q), sum);
      }
      v128.store(dby + o, sum);
    }
    body += bytes;
    dy += bytes;
    dby += batchBytes;
  }
}

// Loss, optimisers, random masks, and the plumbing between them.

import { exp, log, total } from "./arithmetic";

/** Images [count][numbers] -> [numbers][batch]; the rest of the batch is 0. */
export function interleave(images: usize, x: usize, numbers: i32, count: i32, batch: i32): void {
  const size = <usize>(numbers << 2), place = <usize>(batch << 2);
  for (let i = 0; i < batch; i += 4) {
    let to = x + <usize>(i << 2);
    let a = images + <usize>i * size;
    const b = a + size, c = b + size, d = c + size;
    if (i + 4 <= count) {
      for (let o: usize = 0; o < size; o += 4) {
        store<f32>(to, load<f32>(a + o));
        store<f32>(to, load<f32>(b + o), 4);
        store<f32>(to, load<f32>(c + o), 8);
        store<f32>(to, load<f32>(d + o), 12);
        to += place;
      }
      continue;
    }
    for (let o: usize = 0; o < size; o += 4) {
      store<f32>(to, i < count ? load<f32>(a + o) : 0);
      store<f32>(to, i + 1 < count ? load<f32>(b + o) : 0, 4);
      store<f32>(to, i + 2 < count ? load<f32>(c + o) : 0, 8);
      store<f32>(to, 0, 12);
      to += place;
    }
  }
}

/** Softmax cross-entropy of logits [classes][batch]: results go to `out`: sum of losses, right. */
export function crossEntropy(z: usize, labels: usize, dz: usize, classes: i32, batch: i32, count: i32, smoothing: f32, weight: f32, out: usize): void {
  const place = <usize>(batch << 2);
  let losses: f64 = 0;
  let correct: i32 = 0;
  const factor = f32x4.splat(weight / <f32>count), share = smoothing / <f32>classes;
  for (let i = 0; i < batch; i += 4) {
    const at = z + <usize>(i << 2);
    const label = v128.load(labels + <usize>(i << 2));
    const counts = i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(count - i));
    let high = v128.load(at), best = i32x4.splat(0), mean = high;
    let own = v128.and(high, i32x4.eq(label, i32x4.splat(0)));
    for (let k = 1; k < classes; k++) {
      const v = v128.load(at + <usize>k * place), more = f32x4.gt(v, high);
      high = f32x4.max(high, v);
      best = v128.bitselect(i32x4.splat(k), best, more);
      mean = f32x4.add(mean, v);
      own = v128.or(own, v128.and(v, i32x4.eq(label, i32x4.splat(k))));
    }
    let sum = f32x4.splat(0);
    for (let k = 0; k < classes; k++) {
      sum = f32x4.add(sum, exp(f32x4.sub(v128.load(at + <usize>k * place), high)));
    }
    const target = f32x4.add(f32x4.mul(own, f32x4.splat(1 - smoothing)), f32x4.mul(mean, f32x4.splat(share)));
    const loss = v128.and(f32x4.sub(f32x4.add(high, log(sum)), target), counts);
    losses += <f64>total(loss);
    correct += popcnt<i32>(i32x4.bitmask(v128.and(i32x4.eq(best, label), counts)));
    if (dz) {
      const inverse = f32x4.div(f32x4.splat(1), sum);
      for (let k = 0; k < classes; k++) {
        const o = <usize>k * place;
        const p = f32x4.mul(exp(f32x4.sub(v128.load(at + o), high)), inverse);
        const hit = v128.and(f32x4.splat(1 - smoothing), i32x4.eq(label, i32x4.splat(k)));
        const g = f32x4.mul(f32x4.sub(f32x4.sub(p, hit), f32x4.splat(share)), factor);
        v128.store(dz + <usize>(i << 2) + o, v128.and(g, counts));
      }
    }
  }
  store<f64>(out, losses);
  store<i32>(out, correct, 8);
}

/** v = momentum v + g; w -= rate v, or with Nesterov w -= rate (g + momentum v). */
export function sgd(w: usize, g: usize, v: usize, bytes: usize, rate: f32, momentum: f32, nesterov: bool, decay: f32): void {
  const m = f32x4.splat(momentum), r = f32x4.splat(rate), l = f32x4.splat(decay);
  for (const end = w + bytes; w < end; w += 16) {
    const value = v128.load(w);
    const gradient = f32x4.add(v128.load(g), f32x4.mul(l, value));
    const speed = f32x4.add(f32x4.mul(m, v128.load(v)), gradient);
    v128.store(v, speed);
    const step = nesterov ? f32x4.add(gradient, f32x4.mul(m, speed)) : speed;
    v128.store(w, f32x4.sub(value, f32x4.mul(r, step)));
    g += 16;
    v += 16;
  }
}

/** Adam; `coupled`: decay is added to the gradient, else (AdamW) w shrinks by rate * decay. */
export function adam(w: usize, g: usize, m: usize, v: usize, bytes: usize, rate: f32, beta1: f32, beta2: f32, eps: f32, decay: f32, coupled: bool, size: f32, root: f32): void {
  const b1 = f32x4.splat(beta1), b2 = f32x4.splat(beta2), c1 = f32x4.splat(1 - beta1), c2 = f32x4.splat(1 - beta2);
  const e = f32x4.splat(eps), s = f32x4.splat(size), q = f32x4.splat(root);
  const l = f32x4.splat(coupled ? decay : 0), kept = f32x4.splat(coupled ? <f32>1 : 1 - rate * decay);
  for (const end = w + bytes; w < end; w += 16) {
    const value = v128.load(w);
    const gradient = f32x4.add(v128.load(g), f32x4.mul(l, value));
    const first = f32x4.add(f32x4.mul(b1, v128.load(m)), f32x4.mul(c1, gradient));
    const second = f32x4.add(f32x4.mul(b2, v128.load(v)), f32x4.mul(c2, f32x4.mul(gradient, gradient)));
    v128.store(m, first);
    v128.store(v, second);
    const below = f32x4.add(f32x4.mul(f32x4.sqrt(second), q), e);
    v128.store(w, f32x4.sub(f32x4.mul(value, kept), f32x4.div(f32x4.mul(s, first), below)));
    g += 16;
    m += 16;
    v += 16;
  }
}

/** Adadelta: s, a running mean of g^2; a of the squared steps. */
export function adadelta(w: usize, g: usize, s: usize, a: usize, bytes: usize, rate: f32, rho: f32, eps: f32, decay: f32): void {
  const r = f32x4.splat(rho), c = f32x4.splat(1 - rho), e = f32x4.splat(eps), l = f32x4.splat(decay), f = f32x4.splat(rate);
  for (const end = w + bytes; w < end; w += 16) {
    const value = v128.load(w);
    const gradient = f32x4.add(v128.load(g), f32x4.mul(l, value));
    const square = f32x4.add(f32x4.mul(r, v128.load(s)), f32x4.mul(c, f32x4.mul(gradient, gradient)));
    const steps = v128.load(a);
    const ratio = f32x4.div(f32x4.add(steps, e), f32x4.add(square, e));
    const step = f32x4.mul(f32x4.sqrt(ratio), gradient);
    v128.store(s, square);
    v128.store(a, f32x4.add(f32x4.mul(r, steps), f32x4.mul(c, f32x4.mul(step, step))));
    v128.store(w, f32x4.sub(value, f32x4.mul(f, step)));
    g += 16;
    s += 16;
    a += 16;
  }
}

/** Factors of a dropout: 0 with probability p, else 1 / (1 - p); a hash of seed and place. */
export function dropoutMask(mask: usize, bytes: usize, p: f32, seed: i32): void {
  const limit = i32x4.splat(<i32>(p * 8388608)), kept = f32x4.splat(<f32>1 / (1 - p));
  let place = i32x4.add(i32x4(0, 1, 2, 3), i32x4.splat(seed * 0x27d4eb2f));
  for (const end = mask + bytes; mask < end; mask += 16) {
    let h = v128.xor(place, i32x4.splat(seed));
    h = i32x4.mul(v128.xor(h, i32x4.shr_u(h, 16)), i32x4.splat(0x7feb352d));
    h = i32x4.mul(v128.xor(h, i32x4.shr_u(h, 15)), i32x4.splat(0x846ca68b));
    h = v128.xor(h, i32x4.shr_u(h, 16));
    v128.store(mask, v128.and(kept, i32x4.ge_s(i32x4.shr_u(h, 9), limit)));
    place = i32x4.add(place, i32x4.splat(4));
  }
}

/** y = a * b; b repeats after `period` bytes. */
export function multiply(a: usize, b: usize, y: usize, bytes: usize, period: usize): void {
  for (let o: usize = 0; o < bytes; o += period) {
    for (let q: usize = 0; q < period; q += 16) {
      v128.store(y + o + q, f32x4.mul(v128.load(a + o + q), v128.load(b + q)));
    }
  }
}

/** y = a + b */
export function add(a: usize, b: usize, y: usize, bytes: usize): void {
  for (let o: usize = 0; o < bytes; o += 16) v128.store(y + o, f32x4.add(v128.load(a + o), v128.load(b + o)));
}

export function copy(from: usize, to: usize, bytes: usize): void {
  memory.copy(to, from, bytes);
}

export function zero(at: usize, bytes: usize): void {
  memory.fill(at, 0, bytes);
}

/** Copy runs of `bytes`: 3 loops (channels, rows, columns) with strides in bytes; see `move` in TypeScript. */
export function move(from: usize, to: usize, channels: i32, rows: i32, cols: i32, bytes: usize, fromChannel: i32, fromRow: i32, fromCol: i32, toChannel: i32, toRow: i32, toCol: i32): void {
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < rows; i++) {
      let a = from + c * fromChannel + i * fromRow;
      let b = to + c * toChannel + i * toRow;
      for (let j = 0; j < cols; j++) {
        for (let o: usize = 0; o < bytes; o += 16) v128.store(b + o, v128.load(a + o));
        a += fromCol;
        b += toCol;
      }
    }
  }
}

/** Sum of squares. */
export function squares(at: usize, bytes: usize): f64 {
  let sum: f64 = 0;
  const end = at + bytes;
  while (at < end) {
    const stop = min(end, at + 4096);
    let part = f32x4.splat(0);
    for (; at < stop; at += 16) {
      const v = v128.load(at);
      part = f32x4.add(part, f32x4.mul(v, v));
    }
    sum += <f64>total(part);
  }
  return sum;
}

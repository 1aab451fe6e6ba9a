// Gradient of convolutions and linear layers with respect to their weights.
//
// dw[k, c, u, v] = sum over i, j, n of dy[k, i, j, n] * x[c, i*s - p + u*d, j*s - p + v*d, n]
//
// A tile has up to 4 output channels and 2 columns: input channels, or neighbouring places of the
// window for a last odd channel. Each accumulator holds 4 partial sums; the tiles of all places
// of the window stay in a scratch area while a row of dy is in the cache.

import { madd, total, totals } from "./arithmetic";

/** Bytes of the 8 accumulators of a place of the window: 4 of each of the 2 columns. */
const TILE: usize = 128;

// @ts-ignore: decorator
@inline
function run4x2(x: usize, next: usize, dy: usize, rowBytes: usize, bytes: usize, at: usize, at2: usize): void {
  let a0 = v128.load(at), b0 = v128.load(at, 16), c0 = v128.load(at, 32), d0 = v128.load(at, 48);
  let a1 = v128.load(at2), b1 = v128.load(at2, 16), c1 = v128.load(at2, 32), d1 = v128.load(at2, 48);
  const end = x + bytes;
  const dy1 = dy + rowBytes, dy2 = dy1 + rowBytes, dy3 = dy2 + rowBytes;
  let o: usize = 0;
  for (; x < end; x += 16) {
    const x0 = v128.load(x), x1 = v128.load(x + next);
    let g = v128.load(dy + o);
    a0 = madd(g, x0, a0);
    a1 = madd(g, x1, a1);
    g = v128.load(dy1 + o);
    b0 = madd(g, x0, b0);
    b1 = madd(g, x1, b1);
    g = v128.load(dy2 + o);
    c0 = madd(g, x0, c0);
    c1 = madd(g, x1, c1);
    g = v128.load(dy3 + o);
    d0 = madd(g, x0, d0);
    d1 = madd(g, x1, d1);
    o += 16;
  }
  v128.store(at, a0);
  v128.store(at, b0, 16);
  v128.store(at, c0, 32);
  v128.store(at, d0, 48);
  v128.store(at2, a1);
  v128.store(at2, b1, 16);
  v128.store(at2, c1, 32);
  v128.store(at2, d1, 48);
}

// @ts-ignore: decorator
@inline
function run4x1(x: usize, dy: usize, rowBytes: usize, bytes: usize, at: usize): void {
  let a = v128.load(at), b = v128.load(at, 16), c = v128.load(at, 32), d = v128.load(at, 48);
  const end = x + bytes;
  const dy1 = dy + rowBytes, dy2 = dy1 + rowBytes, dy3 = dy2 + rowBytes;
  let o: usize = 0;
  for (; x < end; x += 16) {
    const v = v128.load(x);
    a = madd(v128.load(dy + o), v, a);
    b = madd(v128.load(dy1 + o), v, b);
    c = madd(v128.load(dy2 + o), v, c);
    d = madd(v128.load(dy3 + o), v, d);
    o += 16;
  }
  v128.store(at, a);
  v128.store(at, b, 16);
  v128.store(at, c, 32);
  v128.store(at, d, 48);
}

// @ts-ignore: decorator
@inline
function run2x2(x: usize, next: usize, dy: usize, rowBytes: usize, bytes: usize, at: usize, at2: usize): void {
  let a0 = v128.load(at), b0 = v128.load(at, 16), a1 = v128.load(at2), b1 = v128.load(at2, 16);
  const end = x + bytes;
  let o: usize = 0;
  for (; x < end; x += 16) {
    const x0 = v128.load(x), x1 = v128.load(x + next);
    let g = v128.load(dy + o);
    a0 = madd(g, x0, a0);
    a1 = madd(g, x1, a1);
    g = v128.load(dy + rowBytes + o);
    b0 = madd(g, x0, b0);
    b1 = madd(g, x1, b1);
    o += 16;
  }
  v128.store(at, a0);
  v128.store(at, b0, 16);
  v128.store(at2, a1);
  v128.store(at2, b1, 16);
}

/** One output channel, one column; four sums at a time, since each addition waits for the last. */
// @ts-ignore: decorator
@inline
function run1x1(x: usize, dy: usize, bytes: usize, at: usize): void {
  let a = v128.load(at), b = f32x4.splat(0), c = b, d = b;
  const end = x + bytes, wide = x + (bytes & ~63);
  for (; x < wide; x += 64) {
    a = madd(v128.load(dy), v128.load(x), a);
    b = madd(v128.load(dy, 16), v128.load(x, 16), b);
    c = madd(v128.load(dy, 32), v128.load(x, 32), c);
    d = madd(v128.load(dy, 48), v128.load(x, 48), d);
    dy += 64;
  }
  for (; x < end; x += 16) {
    a = madd(v128.load(dy), v128.load(x), a);
    dy += 16;
  }
  v128.store(at, f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
}

/** Sums of `rows` output channels with one column. */
function column(rows: i32, x: usize, dy: usize, rowBytes: usize, bytes: usize, at: usize): void {
  if (rows == 4) {
    run4x1(x, dy, rowBytes, bytes, at);
    return;
  }
  for (let k = 0; k < rows; k++) {
    run1x1(x, dy, bytes, at + <usize>(k << 4));
    dy += rowBytes;
  }
}

/** Sums of `rows` output channels with two columns, `next` bytes apart. */
function columns(rows: i32, x: usize, next: usize, dy: usize, rowBytes: usize, bytes: usize, at: usize, at2: usize): void {
  if (rows == 4) {
    run4x2(x, next, dy, rowBytes, bytes, at, at2);
    return;
  }
  if (rows & 2) {
    run2x2(x, next, dy, rowBytes, bytes, at, at2);
    dy += 2 * rowBytes;
    at += 32;
    at2 += 32;
  }
  if (rows & 1) {
    run1x1(x, dy, bytes, at);
    run1x1(x + next, dy, bytes, at2);
  }
}

let H: i32, W: i32, OH: i32, OW: i32, KH: i32, KW: i32, SH: i32, SW: i32, PH: i32, PW: i32, DH: i32, DW: i32;
let place: usize, inBytes: usize, outBytes: usize, scratch: usize, ranges: usize;

/** First and end of the output columns whose place v of the window is inside the input. */
function setRanges(): void {
  for (let v = 0; v < KW; v++) {
    const first = PW - v * DW;
    const low = first > 0 ? (first + SW - 1) / SW : 0;
    const last = W - 1 + first;
    const high = last < 0 ? 0 : min(OW, last / SW + 1);
    store<i32>(ranges + <usize>(v << 3), low);
    store<i32>(ranges + <usize>(v << 3), max(low, high), 4);
  }
}

/** Sums along output columns [low, high): one run where the stride is 1. */
// @ts-ignore: decorator
@inline
function along(rows: i32, pair: bool, next: usize, xr: usize, yr: usize, v: i32, low: i32, high: i32, at: usize, at2: usize): void {
  let x = xr + <usize>(low * SW - PW + v * DW) * place;
  let y = yr + <usize>low * place;
  if (high <= low) return;
  if (SW == 1) {
    const bytes = <usize>(high - low) * place;
    if (pair) columns(rows, x, next, y, outBytes, bytes, at, at2);
    else column(rows, x, y, outBytes, bytes, at);
    return;
  }
  for (let j = low; j < high; j++) {
    if (pair) columns(rows, x, next, y, outBytes, place, at, at2);
    else column(rows, x, y, outBytes, place, at);
    x += <usize>SW * place;
    y += place;
  }
}

/** All places of the window for output channels from dy and two input channels from x. */
function twoChannels(rows: i32, x: usize, dy: usize): void {
  for (let i = 0; i < OH; i++) {
    const yr = dy + <usize>(i * OW) * place;
    for (let u = 0; u < KH; u++) {
      const r = i * SH - PH + u * DH;
      if (r < 0 || r >= H) continue;
      const xr = x + <usize>(r * W) * place;
      for (let v = 0; v < KW; v++) {
        const range = ranges + <usize>(v << 3);
        const at = scratch + <usize>(u * KW + v) * TILE;
        along(rows, true, inBytes, xr, yr, v, load<i32>(range), load<i32>(range, 4), at, at + 64);
      }
    }
  }
}

/** The same for one input channel: neighbouring places of the window are the two columns. */
function oneChannel(rows: i32, x: usize, dy: usize): void {
  const next = <usize>DW * place;
  for (let i = 0; i < OH; i++) {
    const yr = dy + <usize>(i * OW) * place;
    for (let u = 0; u < KH; u++) {
      const r = i * SH - PH + u * DH;
      if (r < 0 || r >= H) continue;
      const xr = x + <usize>(r * W) * place;
      let v = 0;
      let at = scratch + <usize>(u * KW) * TILE;
      for (; v + 1 < KW; v += 2) {
        const range = ranges + <usize>(v << 3);
        const low = load<i32>(range), high = load<i32>(range, 4);
        const low2 = load<i32>(range, 8), high2 = load<i32>(range, 12);
        const at2 = at + TILE;
        const both = max(low, low2), end = min(high, high2);
        if (both < end) {
          along(rows, true, next, xr, yr, v, both, end, at, at2);
          along(rows, false, 0, xr, yr, v, low, both, at, 0);
          along(rows, false, 0, xr, yr, v, end, high, at, 0);
          along(rows, false, 0, xr, yr, v + 1, low2, both, at2, 0);
          along(rows, false, 0, xr, yr, v + 1, end, high2, at2, 0);
        } else {
          along(rows, false, 0, xr, yr, v, low, high, at, 0);
          along(rows, false, 0, xr, yr, v + 1, low2, high2, at2, 0);
        }
        at += 2 * TILE;
      }
      if (v < KW) {
        const range = ranges + <usize>(v << 3);
        along(rows, false, 0, xr, yr, v, load<i32>(range), load<i32>(range, 4), at, 0);
      }
    }
  }
}

/**
 * @param d descriptor, 32-bit numbers: 0 x, 1 dy, 2 dw, 3 output channels of a group, 4 input
 *   channels of a group, 5 groups, 6 batch, 7 H, 8 W, 9 H', 10 W', 11 kernel rows, 12 columns,
 *   13 stride of rows, 14 of columns, 15 padding above, 16 left, 17 dilation of rows, 18 of
 *   columns, 19 scratch: 128 bytes for each place of the window, then 8 for each of its columns
 */
export function weightGradient(d: usize): void {
  const x = <usize>load<u32>(d), dy = <usize>load<u32>(d, 4), dw = <usize>load<u32>(d, 8);
  const outs = load<i32>(d, 12), channels = load<i32>(d, 16), groups = load<i32>(d, 20);
  place = <usize>(load<i32>(d, 24) << 2);
  H = load<i32>(d, 28);
  W = load<i32>(d, 32);
  OH = load<i32>(d, 36);
  OW = load<i32>(d, 40);
  KH = load<i32>(d, 44);
  KW = load<i32>(d, 48);
  SH = load<i32>(d, 52);
  SW = load<i32>(d, 56);
  PH = load<i32>(d, 60);
  PW = load<i32>(d, 64);
  DH = load<i32>(d, 68);
  DW = load<i32>(d, 72);
  scratch = <usize>load<u32>(d, 76);
  const window = KH * KW;
  ranges = scratch + <usize>window * TILE;
  inBytes = <usize>(H * W) * place;
  outBytes = <usize>(OH * OW) * place;
  setRanges();
  for (let g = 0; g < groups; g++) {
    for (let k = 0; k < outs; k += 4) {
      const rows = min(4, outs - k);
      const yk = dy + <usize>(g * outs + k) * outBytes;
      for (let c = 0; c < channels; c += 2) {
        const cols = min(2, channels - c);
        memory.fill(scratch, 0, <usize>window * TILE);
        const xc = x + <usize>(g * channels + c) * inBytes;
        if (cols == 2) twoChannels(rows, xc, yk);
        else oneChannel(rows, xc, yk);
        flush(dw + <usize>(((g * outs + k) * channels + c) * window << 2), rows, cols, channels, window);
      }
    }
  }
}

/** Add up the lanes of all accumulators into the gradient. */
function flush(dw: usize, rows: i32, cols: i32, channels: i32, window: i32): void {
  const row = <usize>(channels * window << 2);
  let at = scratch;
  for (let t = 0; t < window; t++) {
    for (let c = 0; c < cols; c++) {
      const from = at + <usize>(c << 6);
      const to = dw + <usize>((c * window + t) << 2);
      const sums = totals(v128.load(from), v128.load(from, 16), v128.load(from, 32), v128.load(from, 48));
      v128.store_lane<f32>(to, sums, 0);
      if (rows > 1) v128.store_lane<f32>(to + row, sums, 1);
      if (rows > 2) v128.store_lane<f32>(to + 2 * row, sums, 2);
      if (rows > 3) v128.store_lane<f32>(to + 3 * row, sums, 3);
    }
    at += TILE;
  }
}

/** Sums of two output channels with four columns: one output position, so runs are short. */
// @ts-ignore: decorator
@inline
function point2x4(x: usize, dy: usize, bytes: usize, dw: usize, row: usize): void {
  let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
  const x1 = x + bytes, x2 = x1 + bytes, x3 = x2 + bytes, dy1 = dy + bytes;
  for (let o: usize = 0; o < bytes; o += 16) {
    const g = v128.load(dy + o), h = v128.load(dy1 + o);
    let v = v128.load(x + o);
    a0 = madd(g, v, a0);
    b0 = madd(h, v, b0);
    v = v128.load(x1 + o);
    a1 = madd(g, v, a1);
    b1 = madd(h, v, b1);
    v = v128.load(x2 + o);
    a2 = madd(g, v, a2);
    b2 = madd(h, v, b2);
    v = v128.load(x3 + o);
    a3 = madd(g, v, a3);
    b3 = madd(h, v, b3);
  }
  v128.store(dw, totals(a0, a1, a2, a3));
  v128.store(dw + row, totals(b0, b1, b2, b3));
}

/** One output channel and one column. */
// @ts-ignore: decorator
@inline
function point(x: usize, dy: usize, bytes: usize): f32 {
  let a = f32x4.splat(0);
  for (let o: usize = 0; o < bytes; o += 16) a = madd(v128.load(dy + o), v128.load(x + o), a);
  return total(a);
}

/**
 * Gradient of a linear layer: dw[k, c] = sum over n of dy[k, n] * x[c, n].
 * @param bytes of a batch
 */
export function linearGradient(x: usize, dy: usize, dw: usize, outs: i32, channels: i32, bytes: usize): void {
  const row = <usize>(channels << 2), fours = channels & ~3;
  for (let k = 0; k < outs; k += 2) {
    const yk = dy + <usize>k * bytes, wk = dw + <usize>k * row;
    const two = k + 1 < outs;
    let c = two ? 0 : channels;
    for (; c < fours; c += 4) point2x4(x + <usize>c * bytes, yk, bytes, wk + <usize>(c << 2), row);
    for (c = two ? fours : 0; c < channels; c++) {
      const xc = x + <usize>c * bytes, to = wk + <usize>(c << 2);
      store<f32>(to, point(xc, yk, bytes));
      if (two) store<f32>(to + row, point(xc, yk + bytes, bytes));
    }
  }
}

/** db[k] = sum over positions and images of dy[k]; `places` is positions times batch. */
export function biasGradient(dy: usize, db: usize, rows: i32, places: i32): void {
  const bytes = <usize>(places << 2);
  for (let k = 0; k < rows; k++) {
    let a = f32x4.splat(0), b = a;
    const end = dy + bytes, wide = dy + (bytes & ~31);
    for (; dy < wide; dy += 32) {
      a = f32x4.add(a, v128.load(dy));
      b = f32x4.add(b, v128.load(dy, 16));
    }
    if (dy < end) a = f32x4.add(a, v128.load(dy));
    dy = end;
    store<f32>(db, total(f32x4.add(a, b)));
    db += 4;
  }
}

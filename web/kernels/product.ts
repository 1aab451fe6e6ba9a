// Matrix product over a table of offsets: convolutions, linear layers, and the gradients of both
// with respect to their inputs.
//
// y[k, p, n] = bias[k] + sum over taps t of w[k, t] * x[base(p) + offset(t) + n]
//
// The table of a position lists its taps inside the input only: pairs of byte offsets, of the
// number in x and of the weight in a packed block of 4 rows. Positions at the border have tables
// of their own; nothing is padded or copied.

import { madd } from "./arithmetic";

/** Bytes of packed weights that should stay in the second-level cache. */
const CHUNK: i32 = 131072;

/**
 * Tile of 4 rows by 8 images.
 * w: packed [taps][4]; y0: first row; rowBytes: distance of rows in y.
 */
// @ts-ignore: decorator
@inline
function tile4x8(x: usize, w: usize, table: usize, end: usize, bias: usize, y: usize, rowBytes: usize): void {
  let a0 = f32x4.splat(0), a1 = a0, b0 = a0, b1 = a0, c0 = a0, c1 = a0, d0 = a0, d1 = a0;
  if (bias) {
    a0 = a1 = v128.load32_splat(bias);
    b0 = b1 = v128.load32_splat(bias, 4);
    c0 = c1 = v128.load32_splat(bias, 8);
    d0 = d1 = v128.load32_splat(bias, 12);
  }
  for (let t = table; t < end; t += 8) {
    const from = x + <usize>load<u32>(t);
    const at = w + <usize>load<u32>(t, 4);
    const x0 = v128.load(from);
    const x1 = v128.load(from, 16);
    let s = v128.load32_splat(at);
    a0 = madd(s, x0, a0);
    a1 = madd(s, x1, a1);
    s = v128.load32_splat(at, 4);
    b0 = madd(s, x0, b0);
    b1 = madd(s, x1, b1);
    s = v128.load32_splat(at, 8);
    c0 = madd(s, x0, c0);
    c1 = madd(s, x1, c1);
    s = v128.load32_splat(at, 12);
    d0 = madd(s, x0, d0);
    d1 = madd(s, x1, d1);
  }
  v128.store(y, a0);
  v128.store(y, a1, 16);
  y += rowBytes;
  v128.store(y, b0);
  v128.store(y, b1, 16);
  y += rowBytes;
  v128.store(y, c0);
  v128.store(y, c1, 16);
  y += rowBytes;
  v128.store(y, d0);
  v128.store(y, d1, 16);
}

/** Tile of 4 rows by 4 images. */
// @ts-ignore: decorator
@inline
function tile4x4(x: usize, w: usize, table: usize, end: usize, bias: usize, y: usize, rowBytes: usize): void {
  let a = f32x4.splat(0), b = a, c = a, d = a;
  if (bias) {
    a = v128.load32_splat(bias);
    b = v128.load32_splat(bias, 4);
    c = v128.load32_splat(bias, 8);
    d = v128.load32_splat(bias, 12);
  }
  for (let t = table; t < end; t += 8) {
    const v = v128.load(x + <usize>load<u32>(t));
    const at = w + <usize>load<u32>(t, 4);
    a = madd(v128.load32_splat(at), v, a);
    b = madd(v128.load32_splat(at, 4), v, b);
    c = madd(v128.load32_splat(at, 8), v, c);
    d = madd(v128.load32_splat(at, 12), v, d);
  }
  v128.store(y, a);
  v128.store(y + rowBytes, b);
  v128.store(y + 2 * rowBytes, c);
  v128.store(y + 3 * rowBytes, d);
}

/** Tile of 2 rows by 16 images; w: packed [taps][2]. */
// @ts-ignore: decorator
@inline
function tile2x16(x: usize, w: usize, table: usize, end: usize, bias: usize, y: usize, rowBytes: usize): void {
  let a0 = f32x4.splat(0), b0 = a0;
  if (bias) {
    a0 = v128.load32_splat(bias);
    b0 = v128.load32_splat(bias, 4);
  }
  let a1 = a0, a2 = a0, a3 = a0, b1 = b0, b2 = b0, b3 = b0;
  for (let t = table; t < end; t += 8) {
    const from = x + <usize>load<u32>(t);
    const at = w + (<usize>load<u32>(t, 4) >> 1);
    const u = v128.load32_splat(at);
    const v = v128.load32_splat(at, 4);
    let s = v128.load(from);
    a0 = madd(u, s, a0);
    b0 = madd(v, s, b0);
    s = v128.load(from, 16);
    a1 = madd(u, s, a1);
    b1 = madd(v, s, b1);
    s = v128.load(from, 32);
    a2 = madd(u, s, a2);
    b2 = madd(v, s, b2);
    s = v128.load(from, 48);
    a3 = madd(u, s, a3);
    b3 = madd(v, s, b3);
  }
  v128.store(y, a0);
  v128.store(y, a1, 16);
  v128.store(y, a2, 32);
  v128.store(y, a3, 48);
  y += rowBytes;
  v128.store(y, b0);
  v128.store(y, b1, 16);
  v128.store(y, b2, 32);
  v128.store(y, b3, 48);
}

/** Tile of 2 rows by 4 images. */
// @ts-ignore: decorator
@inline
function tile2x4(x: usize, w: usize, table: usize, end: usize, bias: usize, y: usize, rowBytes: usize): void {
  let a = f32x4.splat(0), b = a;
  if (bias) {
    a = v128.load32_splat(bias);
    b = v128.load32_splat(bias, 4);
  }
  for (let t = table; t < end; t += 8) {
    const v = v128.load(x + <usize>load<u32>(t));
    const at = w + (<usize>load<u32>(t, 4) >> 1);
    a = madd(v128.load32_splat(at), v, a);
    b = madd(v128.load32_splat(at, 4), v, b);
  }
  v128.store(y, a);
  v128.store(y + rowBytes, b);
}

/** Tile of 1 row by 16 images: depthwise convolutions, and a last odd row. */
// @ts-ignore: decorator
@inline
function tile1x16(x: usize, w: usize, table: usize, end: usize, bias: usize, y: usize): void {
  let a = f32x4.splat(0);
  if (bias) a = v128.load32_splat(bias);
  let b = a, c = a, d = a;
  for (let t = table; t < end; t += 8) {
    const from = x + <usize>load<u32>(t);
    const s = v128.load32_splat(w + (<usize>load<u32>(t, 4) >> 2));
    a = madd(s, v128.load(from), a);
    b = madd(s, v128.load(from, 16), b);
    c = madd(s, v128.load(from, 32), c);
    d = madd(s, v128.load(from, 48), d);
  }
  v128.store(y, a);
  v128.store(y, b, 16);
  v128.store(y, c, 32);
  v128.store(y, d, 48);
}

/** Tile of 1 row by 4 images. */
// @ts-ignore: decorator
@inline
function tile1x4(x: usize, w: usize, table: usize, end: usize, bias: usize, y: usize): void {
  let a = f32x4.splat(0);
  if (bias) a = v128.load32_splat(bias);
  for (let t = table; t < end; t += 8) {
    const s = v128.load32_splat(w + (<usize>load<u32>(t, 4) >> 2));
    a = madd(s, v128.load(x + <usize>load<u32>(t)), a);
  }
  v128.store(y, a);
}

function rows4(from: i32, to: i32, x: usize, w: usize, table: usize, end: usize, bias: usize, y: usize, rowBytes: usize, taps: i32, n: i32): void {
  let at: usize = 0;
  const last = <usize>(n << 2);
  for (; at + 32 <= last; at += 32) {
    for (let k = from; k < to; k += 4) {
      tile4x8(x + at, w + <usize>(k * taps << 2), table, end, bias ? bias + <usize>(k << 2) : 0, y + <usize>k * rowBytes + at, rowBytes);
    }
  }
  if (at < last) {
    for (let k = from; k < to; k += 4) {
      tile4x4(x + at, w + <usize>(k * taps << 2), table, end, bias ? bias + <usize>(k << 2) : 0, y + <usize>k * rowBytes + at, rowBytes);
    }
  }
}

function rows2(x: usize, w: usize, table: usize, end: usize, bias: usize, y: usize, rowBytes: usize, n: i32): void {
  let at: usize = 0;
  const last = <usize>(n << 2);
  for (; at + 64 <= last; at += 64) tile2x16(x + at, w, table, end, bias, y + at, rowBytes);
  for (; at < last; at += 16) tile2x4(x + at, w, table, end, bias, y + at, rowBytes);
}

function rows1(x: usize, w: usize, table: usize, end: usize, bias: usize, y: usize, n: i32): void {
  let at: usize = 0;
  const last = <usize>(n << 2);
  for (; at + 64 <= last; at += 64) tile1x16(x + at, w, table, end, bias, y + at);
  for (; at < last; at += 16) tile1x4(x + at, w, table, end, bias, y + at);
}

/**
 * @param d descriptor, 32-bit numbers: 0 x, 1 packed weights, 2 bias or 0, 3 y, 4 rows of a
 *   group, 5 groups, 6 batch, 7 output rows, 8 output columns, 9 classes of rows, 10 byte offsets
 *   of rows, 11 classes of columns, 12 byte offsets of columns, 13 tables (start and end for each
 *   pair of classes), 14 number of classes of columns, 15 bytes of a group of x, 16 taps
 */
export function product(d: usize): void {
  const x = <usize>load<u32>(d), w = <usize>load<u32>(d, 4), bias = <usize>load<u32>(d, 8), y = <usize>load<u32>(d, 12);
  const rows = load<i32>(d, 16), groups = load<i32>(d, 20), n = load<i32>(d, 24);
  const height = load<i32>(d, 28), width = load<i32>(d, 32);
  const rowClass = <usize>load<u32>(d, 36), rowStart = <usize>load<u32>(d, 40);
  const colClass = <usize>load<u32>(d, 44), colStart = <usize>load<u32>(d, 48);
  const tables = <usize>load<u32>(d, 52), classes = load<i32>(d, 56), groupBytes = load<i32>(d, 60);
  const taps = load<i32>(d, 64);
  const place = <usize>(n << 2);
  const rowBytes = place * <usize>(height * width);
  const fours = rows & ~3;
  // as many rows at a time as leave the weights in the cache
  const step = max<i32>(4, (CHUNK / (taps << 2)) & ~3);
  for (let g = 0; g < groups; g++) {
    const xg = x + <usize>(g * groupBytes), wg = w + <usize>(g * rows * taps << 2);
    const bg = bias ? bias + <usize>(g * rows << 2) : 0;
    const yg = y + <usize>(g * rows) * rowBytes;
    for (let from = 0; from < rows; from += step) {
      const to = min(from + step, fours), rest = from + step >= rows;
      let out = yg;
      for (let i = 0; i < height; i++) {
        const xr = xg + <usize>load<i32>(rowStart + <usize>(i << 2));
        const first = tables + <usize>(load<i32>(rowClass + <usize>(i << 2)) * classes << 3);
        for (let j = 0; j < width; j++) {
          const at = xr + <usize>load<i32>(colStart + <usize>(j << 2));
          const entry = first + <usize>(load<i32>(colClass + <usize>(j << 2)) << 3);
          const table = <usize>load<u32>(entry), end = <usize>load<u32>(entry, 4);
          if (from < to) rows4(from, to, at, wg, table, end, bg, out, rowBytes, taps, n);
          if (rest && rows & 3) {
            let k = fours;
            if (rows & 2) {
              rows2(at, wg + <usize>(k * taps << 2), table, end, bg ? bg + <usize>(k << 2) : 0, out + <usize>k * rowBytes, rowBytes, n);
              k += 2;
            }
            if (rows & 1) {
              rows1(at, wg + <usize>(k * taps << 2), table, end, bg ? bg + <usize>(k << 2) : 0, out + <usize>k * rowBytes, n);
            }
          }
          out += place;
        }
      }
    }
  }
}

/** Copy one row of weights, `taps` numbers `stride` apart, into its column of a packed block. */
// @ts-ignore: decorator
@inline
function packRow(to: usize, width: usize, from: usize, taps: i32): void {
  for (let t = 0; t < taps; t++) {
    store<f32>(to, load<f32>(from));
    to += width << 2;
    from += 4;
  }
}

/** Copy 4 rows of weights, `rowBytes` apart, into a packed block [taps][4]. */
// @ts-ignore: decorator
@inline
function packFour(to: usize, from: usize, rowBytes: usize, taps: i32): void {
  const b = from + rowBytes, c = b + rowBytes, d = c + rowBytes;
  const end = <usize>(taps << 2), wide = <usize>((taps & ~3) << 2);
  let o: usize = 0;
  for (; o < wide; o += 16) {
    const p = v128.load(from + o), q = v128.load(b + o), r = v128.load(c + o), s = v128.load(d + o);
    const pq = v128.shuffle<f32>(p, q, 0, 4, 1, 5), rs = v128.shuffle<f32>(r, s, 0, 4, 1, 5);
    const up = v128.shuffle<f32>(p, q, 2, 6, 3, 7), us = v128.shuffle<f32>(r, s, 2, 6, 3, 7);
    v128.store(to, v128.shuffle<f32>(pq, rs, 0, 1, 4, 5));
    v128.store(to, v128.shuffle<f32>(pq, rs, 2, 3, 6, 7), 16);
    v128.store(to, v128.shuffle<f32>(up, us, 0, 1, 4, 5), 32);
    v128.store(to, v128.shuffle<f32>(up, us, 2, 3, 6, 7), 48);
    to += 64;
  }
  for (; o < end; o += 4) {
    store<f32>(to, load<f32>(from + o));
    store<f32>(to, load<f32>(b + o), 4);
    store<f32>(to, load<f32>(c + o), 8);
    store<f32>(to, load<f32>(d + o), 12);
    to += 16;
  }
}

/** Offset of a row in packed blocks of 4, 2 and 1 rows, and the width of its block. */
// @ts-ignore: decorator
@inline
function blockWidth(row: i32, rows: i32): i32 {
  if (row < (rows & ~3)) return 4;
  return rows & 2 && row < (rows & ~1) ? 2 : 1;
}

/** w [groups * rows][taps] -> packed blocks [row / 4][taps][4], then of 2 and of 1. */
export function packRows(w: usize, packed: usize, groups: i32, rows: i32, taps: i32): void {
  const fours = rows & ~3;
  for (let g = 0; g < groups; g++) {
    for (let k = 0; k < fours; k += 4) {
      packFour(packed + <usize>(k * taps << 2), w + <usize>(k * taps << 2), <usize>(taps << 2), taps);
    }
    for (let k = fours; k < rows; k++) {
      const width = blockWidth(k, rows);
      const first = k & ~(width - 1);
      packRow(packed + <usize>((first * taps + k - first) << 2), width, w + <usize>(k * taps << 2), taps);
    }
    w += <usize>(rows * taps << 2);
    packed += <usize>(rows * taps << 2);
  }
}

/**
 * Weights for the gradient with respect to the input: its rows are input channels.
 * w [groups * outs][channels][window] -> packed blocks of channels, taps (out, place of window).
 */
export function packChannels(w: usize, packed: usize, groups: i32, outs: i32, channels: i32, window: i32): void {
  const taps = outs * window, fours = channels & ~3;
  const between = <usize>(channels * window << 2);
  for (let g = 0; g < groups; g++) {
    for (let c = 0; c < fours; c += 4) {
      let from = w + <usize>(c * window << 2), to = packed + <usize>(c * taps << 2);
      if (window == 1) {
        // 4 channels of an output channel are neighbours already
        for (let k = 0; k < outs; k++) {
          v128.store(to, v128.load(from));
          from += between;
          to += 16;
        }
        continue;
      }
      for (let k = 0; k < outs; k++) {
        packFour(to, from, <usize>(window << 2), window);
        from += between;
        to += <usize>(window << 4);
      }
    }
    for (let c = fours; c < channels; c++) {
      const width = blockWidth(c, channels);
      const first = c & ~(width - 1);
      let to = packed + <usize>((first * taps + c - first) << 2);
      for (let k = 0; k < outs; k++) {
        packRow(to, width, w + <usize>((k * channels + c) * window << 2), window);
        to += <usize>(window * width << 2);
      }
    }
    w += <usize>(taps * channels << 2);
    packed += <usize>(taps * channels << 2);
  }
}

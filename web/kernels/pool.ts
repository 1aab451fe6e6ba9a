// Pooling. Each output row and column has its own range of the input: (first, count) pairs.

let x: usize, y: usize, places: usize;
let channels: i32, batch: usize, plane: usize, row: usize, height: i32, width: i32;
let rows: usize, cols: usize, rowStep: usize, colStep: usize, factors: usize;

/**
 * @param d descriptor: 0 x, 1 y, 2 places of the maxima, 3 channels, 4 batch, 5 bytes of an input
 *   channel, 6 bytes of an input row, 7 H', 8 W', 9 ranges of rows, 10 ranges of columns, 11 step
 *   of rows, 12 step of columns, 13 factors of means, [H' W']
 */
function read(d: usize): void {
  x = <usize>load<u32>(d);
  y = <usize>load<u32>(d, 4);
  places = <usize>load<u32>(d, 8);
  channels = load<i32>(d, 12);
  batch = <usize>(load<i32>(d, 16) << 2);
  plane = <usize>load<u32>(d, 20);
  row = <usize>load<u32>(d, 24);
  height = load<i32>(d, 28);
  width = load<i32>(d, 32);
  rows = <usize>load<u32>(d, 36);
  cols = <usize>load<u32>(d, 40);
  rowStep = <usize>load<i32>(d, 44) * row;
  colStep = <usize>load<i32>(d, 48) * batch;
  factors = <usize>load<u32>(d, 52);
}

/** The first of equal maxima counts, as in PyTorch. */
export function maxPool(d: usize): void {
  read(d);
  let out: usize = 0;
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < height; i++) {
      const top = x + <usize>load<i32>(rows + <usize>(i << 3)) * row;
      const down = load<i32>(rows + <usize>(i << 3), 4);
      for (let j = 0; j < width; j++) {
        const start = top + <usize>load<i32>(cols + <usize>(j << 3)) * batch;
        const across = load<i32>(cols + <usize>(j << 3), 4);
        for (let o: usize = 0; o < batch; o += 16) {
          let best = v128.load(start + o);
          let place = i32x4.splat(0);
          let t = 0;
          for (let u = 0; u < down; u++) {
            let from = start + o + <usize>u * rowStep;
            for (let v = 0; v < across; v++) {
              const value = v128.load(from);
              const more = f32x4.gt(value, best);
              best = v128.bitselect(value, best, more);
              place = v128.bitselect(i32x4.splat(t), place, more);
              t++;
              from += colStep;
            }
          }
          v128.store(y + out, best);
          v128.store(places + out, place);
          out += 16;
        }
      }
    }
    x += plane;
  }
}

/** dx is set to 0 by the caller. */
export function maxPoolBack(d: usize, dy: usize, dx: usize): void {
  read(d);
  let out: usize = 0;
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < height; i++) {
      const top = dx + <usize>load<i32>(rows + <usize>(i << 3)) * row;
      const down = load<i32>(rows + <usize>(i << 3), 4);
      for (let j = 0; j < width; j++) {
        const start = top + <usize>load<i32>(cols + <usize>(j << 3)) * batch;
        const across = load<i32>(cols + <usize>(j << 3), 4);
        for (let o: usize = 0; o < batch; o += 16) {
          const g = v128.load(dy + out), place = v128.load(places + out);
          let t = 0;
          for (let u = 0; u < down; u++) {
            let to = start + o + <usize>u * rowStep;
            for (let v = 0; v < across; v++) {
              const part = v128.and(g, i32x4.eq(place, i32x4.splat(t)));
              v128.store(to, f32x4.add(v128.load(to), part));
              t++;
              to += colStep;
            }
          }
          out += 16;
        }
      }
    }
    dx += plane;
  }
}

export function avgPool(d: usize): void {
  read(d);
  let to = y;
  for (let c = 0; c < channels; c++) {
    let factor = factors;
    for (let i = 0; i < height; i++) {
      const top = x + <usize>load<i32>(rows + <usize>(i << 3)) * row;
      const down = load<i32>(rows + <usize>(i << 3), 4);
      for (let j = 0; j < width; j++) {
        const start = top + <usize>load<i32>(cols + <usize>(j << 3)) * batch;
        const across = load<i32>(cols + <usize>(j << 3), 4);
        const f = v128.load32_splat(factor);
        factor += 4;
        for (let o: usize = 0; o < batch; o += 16) {
          let sum = f32x4.splat(0);
          for (let u = 0; u < down; u++) {
            let from = start + o + <usize>u * rowStep;
            for (let v = 0; v < across; v++) {
              sum = f32x4.add(sum, v128.load(from));
              from += colStep;
            }
          }
          v128.store(to, f32x4.mul(sum, f));
          to += 16;
        }
      }
    }
    x += plane;
  }
}

/** dx is set to 0 by the caller. */
export function avgPoolBack(d: usize, dy: usize, dx: usize): void {
  read(d);
  for (let c = 0; c < channels; c++) {
    let factor = factors;
    for (let i = 0; i < height; i++) {
      const top = dx + <usize>load<i32>(rows + <usize>(i << 3)) * row;
      const down = load<i32>(rows + <usize>(i << 3), 4);
      for (let j = 0; j < width; j++) {
        const start = top + <usize>load<i32>(cols + <usize>(j << 3)) * batch;
        const across = load<i32>(cols + <usize>(j << 3), 4);
        const f = v128.load32_splat(factor);
        factor += 4;
        for (let o: usize = 0; o < batch; o += 16) {
          const g = f32x4.mul(v128.load(dy), f);
          for (let u = 0; u < down; u++) {
            let to = start + o + <usize>u * rowStep;
            for (let v = 0; v < across; v++) {
              v128.store(to, f32x4.add(v128.load(to), g));
              to += colStep;
            }
          }
          dy += 16;
        }
      }
    }
    dx += plane;
  }
}

/** Kernels: matrices of weights, with what can be said about them. */

/** A matrix of weights with odd sides, rows first. */
export interface Kernel {
  readonly rows: number;
  readonly cols: number;
  readonly values: readonly number[];
}

/** Largest side of a kernel that is edited. */
export const LARGEST = 9;

export function kernelOf(rows: readonly (readonly number[])[], divisor = 1): Kernel {
  const values = rows.flat().map((value) => value / divisor);
  return { rows: rows.length, cols: rows[0]?.length ?? 0, values };
}

export const sum = ({ values }: Kernel): number => values.reduce((total, one) => total + one, 0);

/** Return whether the weights sum to 0, so that results are signed. */
export function isSigned(kernel: Kernel): boolean {
  const magnitude = kernel.values.reduce((total, one) => total + Math.abs(one), 0);
  return magnitude > 0 && Math.abs(sum(kernel)) <= 1e-9 * magnitude;
}

/** Return the kernel rotated by 180 degrees: convolution with one is correlation with the other. */
export function rotated(kernel: Kernel): Kernel {
  return { ...kernel, values: [...kernel.values].reverse() };
}

export function transposed({ rows, cols, values }: Kernel): Kernel {
  const turned = Array.from({ length: rows * cols }, (_, place) => {
    const [row, col] = [Math.floor(place / rows), place % rows];
    return values[col * cols + row] ?? 0;
  });
  return { rows: cols, cols: rows, values: turned };
}

/** Return the kernel with sum 1; one that sums to 0 has magnitudes that sum to 1. */
export function normalised(kernel: Kernel): Kernel {
  const total = isSigned(kernel)
    ? kernel.values.reduce((all, one) => all + Math.abs(one), 0)
    : sum(kernel);
  if (total === 0) return kernel;
  return { ...kernel, values: kernel.values.map((value) => value / total) };
}

/** Return the kernel with other sides, around the same centre; what is added is 0. */
export function resized(kernel: Kernel, rows: number, cols: number): Kernel {
  const [down, across] = [(rows - kernel.rows) / 2, (cols - kernel.cols) / 2];
  const values = Array.from({ length: rows * cols }, (_, place) => {
    const [row, col] = [Math.floor(place / cols) - down, (place % cols) - across];
    const isInside = row >= 0 && row < kernel.rows && col >= 0 && col < kernel.cols;
    return isInside ? (kernel.values[row * kernel.cols + col] ?? 0) : 0;
  });
  return { rows, cols, values };
}

/** Column and row whose outer product is nearest to a kernel, and the share that it misses. */
export interface Factors {
  readonly column: readonly number[];
  readonly row: readonly number[];
  /** Frobenius norm of the difference over that of the kernel: 0 for a separable kernel. */
  readonly missed: number;
  /** Number of singular values above 1e-6 of the largest. */
  readonly rank: number;
}

/** Return the best factors, from the singular value decomposition K = sum of s u v^T. */
export function factors(kernel: Kernel): Factors {
  const { rows, cols, values } = kernel;
  const norm = Math.sqrt(values.reduce((total, one) => total + one * one, 0));
  if (norm === 0) {
    const zeros = (length: number): number[] => new Array<number>(length).fill(0);
    return { column: zeros(rows), row: zeros(cols), missed: 0, rank: 0 };
  }
  const { left, sizes, right } = decomposed(kernel);
  const order = sizes.map((_, place) => place).sort((a, b) => (sizes[b] ?? 0) - (sizes[a] ?? 0));
  const first = order[0] ?? 0;
  const largest = sizes[first] ?? 0;
  const rest = Math.sqrt(
    order.slice(1).reduce((total, place) => total + (sizes[place] ?? 0) ** 2, 0),
  );
  const column = (left[first] ?? []).map((value) => value * largest);
  return {
    ...readable(column, right[first] ?? []),
    missed: rest / norm,
    rank: sizes.filter((size) => size > 1e-6 * largest).length,
  };
}

/** Scale two vectors, whose outer product stays, so that the row has whole numbers if it can. */
function readable(
  column: readonly number[],
  row: readonly number[],
): { column: readonly number[]; row: readonly number[] } {
  const magnitudes = row.map(Math.abs).filter((value) => value > 1e-9);
  const least = Math.min(...magnitudes);
  const middle = row[Math.floor(row.length / 2)] ?? 0;
  const last = [...row].reverse().find((value) => Math.abs(value) > 1e-9) ?? 1;
  const sign = Math.abs(middle) > 1e-9 ? Math.sign(middle) : Math.sign(last);
  const unit = least * sign;
  const clean = (value: number): number => Number(value.toPrecision(12));
  return {
    column: column.map((value) => clean(value * unit)),
    row: row.map((value) => clean(value / unit)),
  };
}

interface Decomposition {
  readonly left: readonly (readonly number[])[];
  readonly sizes: readonly number[];
  readonly right: readonly (readonly number[])[];
}

/** Return the singular value decomposition by Jacobi rotations of the columns (Hestenes 1958). */
function decomposed({ rows, cols, values }: Kernel): Decomposition {
  const columns = Array.from({ length: cols }, (_, col) =>
    Array.from({ length: rows }, (_, row) => values[row * cols + col] ?? 0),
  );
  const turns = Array.from({ length: cols }, (_, col) =>
    Array.from({ length: cols }, (_, row) => (row === col ? 1 : 0)),
  );
  const dot = (a: readonly number[], b: readonly number[]): number =>
    a.reduce((total, value, place) => total + value * (b[place] ?? 0), 0);
  for (let sweep = 0; sweep < 40; sweep++) {
    let largest = 0;
    for (let p = 0; p < cols - 1; p++)
      for (let q = p + 1; q < cols; q++) {
        const [a = [], b = []] = [columns[p], columns[q]];
        const [aa, bb, ab] = [dot(a, a), dot(b, b), dot(a, b)];
        if (Math.abs(ab) <= 1e-15 * Math.sqrt(aa * bb)) continue;
        largest = Math.max(largest, Math.abs(ab) / Math.sqrt(aa * bb));
        const ratio = (bb - aa) / (2 * ab);
        const tangent = (ratio < 0 ? -1 : 1) / (Math.abs(ratio) + Math.sqrt(1 + ratio * ratio));
        const cosine = 1 / Math.sqrt(1 + tangent * tangent);
        turn(a, b, cosine, cosine * tangent);
        turn(turns[p] ?? [], turns[q] ?? [], cosine, cosine * tangent);
      }
    if (largest < 1e-14) break;
  }
  const sizes = columns.map((column) => Math.sqrt(dot(column, column)));
  const left = columns.map((column, n) => column.map((value) => value / (sizes[n] || 1)));
  return { left, sizes, right: turns };
}

function turn(a: number[], b: number[], cosine: number, sine: number): void {
  for (let k = 0; k < a.length; k++) {
    const [x, y] = [a[k] ?? 0, b[k] ?? 0];
    a[k] = cosine * x - sine * y;
    b[k] = sine * x + cosine * y;
  }
}

/**
 * Return how strongly a kernel passes each spatial frequency, |sum k[u, v] exp(-i (a u + b v))|.
 *
 * Returns [side, side], from -pi to pi a pixel in both directions; the constant is in the middle.
 */
export function spectrum({ rows, cols, values }: Kernel, side = 65): Float32Array {
  const result = new Float32Array(side * side);
  const angle = (place: number): number => (2 * Math.PI * (place - (side - 1) / 2)) / (side - 1);
  for (let i = 0; i < side; i++)
    for (let j = 0; j < side; j++) {
      let [real, imaginary] = [0, 0];
      for (let u = 0; u < rows; u++)
        for (let v = 0; v < cols; v++) {
          const value = values[u * cols + v] ?? 0;
          if (value === 0) continue;
          const phase = angle(i) * (u - (rows - 1) / 2) + angle(j) * (v - (cols - 1) / 2);
          real += value * Math.cos(phase);
          imaginary -= value * Math.sin(phase);
        }
      result[i * side + j] = Math.hypot(real, imaginary);
    }
  return result;
}

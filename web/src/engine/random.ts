/** Random numbers from a seed: the same on every machine. */

export interface Random {
  /** Uniform in [0, 1), 32 bits. */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
  /** Whole number from 0 to n - 1. */
  below(n: number): number;
}

/** sfc32, seeded by a hash of the seed. */
export function createRandom(seed: number): Random {
  let [a, b, c, count] = [seed | 0, (seed / 4294967296) | 0, 0x9e3779b9 | 0, 1];
  const bits = (): number => {
    const sum = (((a + b) | 0) + count) | 0;
    count = (count + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let i = 0; i < 16; i++) bits();
  const uniform = (): number => bits() / 4294967296;
  return {
    uniform,
    below: (n) => Math.floor(uniform() * n),
    normal() {
      const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
      return radius * Math.cos(2 * Math.PI * uniform());
    },
  };
}

/** Numbers 0 to n - 1 in random order. */
export function permutation(n: number, random: Random): Int32Array {
  const order = Int32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = random.below(i + 1);
    const last = order[i] ?? 0;
    order[i] = order[j] ?? 0;
    order[j] = last;
  }
  return order;
}

/** Memory of one trainer: taken from the start to the end, given back down to a mark. */

const PAGE = 65536;
/** Of WebAssembly with 32-bit addresses, less a page. */
const MOST = 65535;

export interface Arena {
  readonly memory: WebAssembly.Memory;
  /** Address of so many bytes, a multiple of 16, set to 0. */
  take(bytes: number): number;
  floats(at: number, count: number): Float32Array<ArrayBuffer>;
  integers(at: number, count: number): Int32Array<ArrayBuffer>;
  /** A table of 32-bit numbers. */
  table(numbers: ArrayLike<number>): number;
  mark(): number;
  reset(mark: number): void;
  readonly bytes: number;
}

export function createArena(tooLarge: (bytes: number) => Error): Arena {
  const memory = new WebAssembly.Memory({ initial: 4, maximum: MOST });
  let end = 16; // address 0 means absent
  const buffer = (): ArrayBuffer => memory.buffer as ArrayBuffer;
  const take = (bytes: number): number => {
    const at = end;
    const next = at + Math.ceil(bytes / 16) * 16;
    const pages = Math.ceil(next / PAGE) - buffer().byteLength / PAGE;
    if (pages > 0) grow(memory, pages, () => tooLarge(next));
    new Uint8Array(buffer(), at, next - at).fill(0);
    end = next;
    return at;
  };
  const integers = (at: number, count: number): Int32Array<ArrayBuffer> =>
    new Int32Array(buffer(), at, count);
  return {
    memory,
    take,
    integers,
    floats: (at, count) => new Float32Array(buffer(), at, count),
    table(numbers) {
      const at = take(4 * numbers.length);
      integers(at, numbers.length).set(numbers);
      return at;
    },
    mark: () => end,
    reset(mark) {
      end = mark;
    },
    get bytes() {
      return buffer().byteLength;
    },
  };
}

function grow(memory: WebAssembly.Memory, pages: number, tooLarge: () => Error): void {
  try {
    memory.grow(pages);
  } catch {
    throw tooLarge();
  }
}

/** Memory that is used again within a plan: the smallest free piece that is large enough. */
export interface Pool {
  take(bytes: number): number;
  give(at: number): void;
}

export function createPool(arena: Arena): Pool {
  const sizes = new Map<number, number>();
  const free: number[] = [];
  const size = (at: number): number => sizes.get(at) ?? 0;
  return {
    take(bytes) {
      const fits = free.filter((at) => size(at) >= bytes).sort((a, b) => size(a) - size(b));
      const best = fits[0];
      if (best !== undefined) {
        free.splice(free.indexOf(best), 1);
        return best;
      }
      const at = arena.take(bytes);
      sizes.set(at, bytes);
      return at;
    },
    give(at) {
      free.push(at);
    },
  };
}

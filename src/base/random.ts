/**
 * Counter-based random numbers: Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as
 * 1, 2, 3", SC 2011). A number is a pure function of a key and a counter, never of the order of calls, so every
 * backend, worker and resumed run sees the same draws.
 */

/** What a stream of numbers is for. A purpose's code is part of every recorded result: never renumber. */
export const purposes = {
  initial: 1,
  order: 2,
  augment: 3,
  dropout: 4,
  split: 5,
  synthetic: 6,
  bootstrap: 7,
  search: 8,
  simulation: 9,
} as const;

export type Purpose = keyof typeof purposes;

const M0 = 0xd2511f53;
const M1 = 0xcd9e8d57;
const W0 = 0x9e3779b9;
const W1 = 0xbb67ae85;

/** High 32 bits of the unsigned 64-bit product. */
function mulHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const middle2 = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + Math.floor(middle / 65536) + Math.floor(middle2 / 65536)) >>> 0;
}

/**
 * One Philox4x32-10 block.
 * @param out receives four uint32 (length at least 4)
 */
export function philox(
  out: Uint32Array,
  c0: number,
  c1: number,
  c2: number,
  c3: number,
  k0: number,
  k1: number,
): void {
  let x0 = c0 >>> 0;
  let x1 = c1 >>> 0;
  let x2 = c2 >>> 0;
  let x3 = c3 >>> 0;
  let key0 = k0 >>> 0;
  let key1 = k1 >>> 0;
  for (let round = 0; round < 10; round++) {
    const high0 = mulHigh(M0, x0);
    const low0 = Math.imul(M0, x0) >>> 0;
    const high1 = mulHigh(M1, x2);
    const low1 = Math.imul(M1, x2) >>> 0;
    x0 = (high1 ^ x1 ^ key0) >>> 0;
    x1 = low1;
    x2 = (high0 ^ x3 ^ key1) >>> 0;
    x3 = low0;
    key0 = (key0 + W0) >>> 0;
    key1 = (key1 + W1) >>> 0;
  }
  out[0] = x0;
  out[1] = x1;
  out[2] = x2;
  out[3] = x3;
}

/** FNV-1a hash of a name, to key draws by a parameter's name. */
export function hashName(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/**
 * Random numbers of one (seed, purpose, a, b): `a` and `b` are what the purpose says (epoch and example, or a
 * parameter's hashed name). Number `i` is a pure function of these and `i`.
 */
export class RandomStream {
  readonly #seed: number;
  readonly #purpose: number;
  readonly #a: number;
  readonly #b: number;
  readonly #block = new Uint32Array(4);
  #blockIndex = -1;

  constructor(seed: number, purpose: Purpose, a = 0, b = 0) {
    this.#seed = seed >>> 0;
    this.#purpose = purposes[purpose];
    this.#a = a >>> 0;
    this.#b = b >>> 0;
  }

  /** Number `index` as uint32. */
  uint32(index: number): number {
    const block = Math.floor(index / 4);
    if (block !== this.#blockIndex) {
      philox(this.#block, block, this.#a, this.#b, 0, this.#seed, this.#purpose);
      this.#blockIndex = block;
    }
    return this.#block[index & 3];
  }

  /** Number `index`, uniform in [0, 1) on a grid of 2^-24: exact in float32. */
  uniform(index: number): number {
    return (this.uint32(index) >>> 8) / 16777216;
  }

  /** Number `index`, uniform in 0 .. bound - 1 (bias below bound / 2^32). */
  integer(index: number, bound: number): number {
    return Math.floor((this.uint32(index) / 4294967296) * bound);
  }

  /** Standard normal from numbers 2*index and 2*index + 1 (Box and Muller 1958). */
  normal(index: number): number {
    const u = (this.uint32(2 * index) + 1) / 4294967297;
    const v = this.uint32(2 * index + 1) / 4294967296;
    return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v);
  }
}

/** A permutation of 0 .. length - 1 (Fisher and Yates, Durstenfeld 1964). */
export function permutation(length: number, stream: RandomStream): Int32Array {
  const order = Int32Array.from({ length }, (_, i) => i);
  for (let i = length - 1; i > 0; i--) {
    const j = stream.integer(length - 1 - i, i + 1);
    const swapped = order[i];
    order[i] = order[j];
    order[j] = swapped;
  }
  return order;
}

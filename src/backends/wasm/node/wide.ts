/** Whether 256-bit vectors are right and pay on this very Node and machine: measured, before they are used. */
import { requestError } from '../../../base/errors.js';
import type { KernelShape } from '../memory.js';
import { compileKernels, nodeMajor, probeVariant, shapeOf, type Variant } from './variants.js';

/** Speeds of one core in a product that lies in the caches. */
export interface WideCheck {
  readonly gflops128: number;
  readonly gflops256: number;
}

/** Below this gain the 256-bit variant is refused. */
const leastGain = 1.2;
/** V8's optimizing compiler works in the background, so a first measurement says nothing: at most this long. */
const patienceMs = 2000;

/** Rows, columns and inner elements of the timed product: whole tiles of every shape, one block. */
const rows = 48;
const columns = 16;
const inner = 256;
const addresses = { a: 65536, panels: 2 * 65536, c: 3 * 65536 };

const timesPerSample = 200;

/** One variant's product of the same two matrices. */
class Product {
  /** Milliseconds of the first sample, in V8's quickly compiled code, and of the shortest. */
  first = 0;
  best = Number.POSITIVE_INFINITY;
  readonly #shape: KernelShape;
  readonly #memory = new WebAssembly.Memory({ initial: 4, maximum: 4, shared: true });
  readonly #product: (...values: number[]) => void;

  constructor(variant: Variant) {
    this.#shape = shapeOf(variant);
    const env = { memory: this.#memory, now: () => performance.now(), abort: () => {} };
    const instance = new WebAssembly.Instance(compileKernels(variant), { env });
    this.#product = instance.exports.product as (...values: number[]) => void;
    this.#fill();
  }

  #fill(): void {
    const { panel, tile } = this.#shape;
    const reals = new Float32Array(this.#memory.buffer);
    for (let k = 0; k < inner; k++) {
      for (let r = 0; r < rows; r++) {
        const first = r - (r % tile);
        reals[addresses.a / 4 + first * inner + k * tile + (r % tile)] = Math.sin(1 + r * inner + k);
      }
      for (let n = 0; n < columns; n++) {
        const place = (n - (n % panel)) * inner + k * panel + (n % panel);
        reals[addresses.panels / 4 + place] = Math.cos(1 + k * columns + n);
      }
    }
  }

  #run(times: number): void {
    const { panel, tile } = this.#shape;
    for (let n = 0; n < columns; n += panel) {
      const c = addresses.c + 4 * rows * n;
      this.#product(addresses.a, addresses.panels + 4 * n * inner, c, inner, rows, tile, times);
    }
  }

  /** One sample; keeps the shortest. */
  sample(): void {
    const start = performance.now();
    this.#run(timesPerSample);
    const milliseconds = performance.now() - start;
    if (this.first === 0) this.first = milliseconds;
    this.best = Math.min(this.best, milliseconds);
  }

  get gflops(): number {
    return (2 * rows * columns * inner * timesPerSample) / this.best / 1e6;
  }

  /** [rows][columns] */
  result(): Float32Array {
    const { panel } = this.#shape;
    const reals = new Float32Array(this.#memory.buffer, addresses.c, rows * columns);
    return Float32Array.from({ length: rows * columns }, (_, i) => {
      const n = i % columns;
      return reals[rows * (n - (n % panel)) + Math.floor(i / columns) * panel + (n % panel)];
    });
  }
}

/** At least 20 samples, and more until it is well or patience is over. */
function sampleUntil(product: Product, patience: number, well: () => boolean): void {
  const start = performance.now();
  for (let samples = 1; ; samples++) {
    product.sample();
    const enough = well() && samples >= 20;
    if (enough || performance.now() - start > patience) return;
  }
}

function refusal(rule: string, value: string) {
  return requestError({
    what: '256-bit vectors cannot be used here',
    where: '--cpu-vectors 256',
    rule,
    value: `${value} (Node ${process.versions.node}, V8 ${process.versions.v8}, ${process.arch})`,
    advice: 'leave the option out, or use Node 24 or 26 on an x64 machine with AVX2',
  });
}

let checked: WideCheck | null = null;

/**
 * Checks the `wide` variant once per thread: the same bits as `relaxed` in a product, before and after V8 has optimized
 * it, and at least 1.2 times its speed. Turns V8's revectorizer on for this process.
 * @throws a request error with the reason where it is not there, is wrong, or does not pay
 */
export function requireWide(): WideCheck {
  checked ??= checkWide();
  return checked;
}

function checkWide(): WideCheck {
  if (nodeMajor < 22) throw refusal('Node 22 or newer, for V8 to have the option', `Node ${nodeMajor}`);
  if (probeVariant() !== 'relaxed') throw refusal('relaxed SIMD', 'not in this Node');
  const narrow = new Product('relaxed');
  // Measured before the option is on: V8 would join vectors of this variant too.
  sampleUntil(narrow, patienceMs / 4, () => narrow.best < narrow.first / 2);
  const wide = new Product('wide');
  const expected = narrow.result();
  sampleUntil(wide, patienceMs, () => {
    const actual = wide.result();
    const wrong = actual.findIndex((value, i) => value !== expected[i]);
    if (wrong >= 0) throw refusal(`the value of 128-bit vectors, ${expected[wrong]}`, String(actual[wrong]));
    return wide.gflops >= leastGain * narrow.gflops;
  });
  const gain = wide.gflops / narrow.gflops;
  if (gain < leastGain) {
    const rule = `at least ${leastGain} times the speed of 128-bit vectors`;
    throw refusal(rule, `${gain.toFixed(2)} times in a product of small matrices`);
  }
  return { gflops128: narrow.gflops, gflops256: wide.gflops };
}

/** The product of two small matrices by one variant of the kernels, timed: what its tiles can do at most. */
import { type KernelShape, packedRowBytes } from '../memory.js';
import { compileKernels, shapeOf, type Variant } from './variants.js';

/** Rows, columns and inner elements of the timed product: whole tiles of every shape, one block. */
const rows = 48;
const columns = 16;
const inner = 256;
const addresses = { a: 65536, panels: 3 * 65536, c: 4 * 65536 };

const timesPerSample = 50;

/** One variant's product of the same two matrices. */
export class Product {
  /** Milliseconds of the first sample, in V8's quickly compiled code, and of the shortest. */
  first = 0;
  best = Number.POSITIVE_INFINITY;
  readonly #shape: KernelShape;
  readonly #memory = new WebAssembly.Memory({ initial: 5, maximum: 5, shared: true });
  readonly #product: (...values: number[]) => void;

  constructor(variant: Variant) {
    this.#shape = shapeOf(variant);
    const env = { memory: this.#memory, now: () => performance.now(), abort: () => {} };
    const instance = new WebAssembly.Instance(compileKernels(variant), { env });
    this.#product = instance.exports.product as (...values: number[]) => void;
    this.#fill();
  }

  #fill(): void {
    const { panel } = this.#shape;
    const row = packedRowBytes(panel);
    const reals = new Float32Array(this.#memory.buffer);
    for (let k = 0; k < inner; k++) {
      for (let r = 0; r < rows; r++) {
        reals[(addresses.a + r * row) / 4 + k] = Math.sin(1 + r * inner + k);
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

  /** At least 20 samples, and more until it is well or patience (ms) is over. */
  sampleUntil(patience: number, well: () => boolean): void {
    const start = performance.now();
    for (let samples = 1; ; samples++) {
      this.sample();
      const enough = well() && samples >= 20;
      if (enough || performance.now() - start > patience) return;
    }
  }
}

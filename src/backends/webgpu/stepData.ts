/**
 * What the host sends with each step: one row of 32-bit words for all replicas, and the fixed table of normalized
 * bytes behind it (so that the gather needs one binding less). Rows of all steps under way lie in one buffer, and a step's
 * kernels have theirs bound: nothing is copied on the device, and a submission's rows are written at once.
 *
 *     [count, slot, 0, 0]  then for each replica  [indices, draws, labels: batch each, hyper: 12, codes: slots]
 *     then [channels, 256] floats: (byte / 255 - mean) / deviation
 */
import type { BatchPlan, PixelSource, StepHyper } from '../../compile/step.js';
import { type ActivationName, activationNames } from '../../nn/network.js';

export interface StepLayout {
  readonly batch: number;
  readonly replicas: number;
  /** Words of one replica. */
  readonly stride: number;
  /** Words before the table. */
  readonly words: number;
  /** Words from one row to the next: whole alignments of a binding. */
  readonly rowStride: number;
  /** Words of the table. */
  readonly table: number;
  readonly slots: number;
}

export const headerWords = 4;
export const hyperWords = 12;

/** Steps of a submission, at most, and submissions under way. */
export const blockSteps = 4;
export const blockCount = 3;

/** In words: no device aligns storage bindings to more than 256 bytes. */
const rowAlignment = 64;

export function stepLayout(sizes: {
  readonly batch: number;
  readonly replicas: number;
  readonly slots: number;
  readonly channels: number;
}): StepLayout {
  const { batch, replicas, slots, channels } = sizes;
  const stride = 3 * batch + hyperWords + slots;
  const words = headerWords + replicas * stride;
  const table = 256 * channels;
  const rowStride = Math.ceil((words + table) / rowAlignment) * rowAlignment;
  return { batch, replicas, stride, words, table, rowStride, slots };
}

const optimizerCodes = { sgd: 0, adam: 1, adamw: 2 } as const;

/** One row of step data, filled by the host. */
export class StepRow {
  readonly words: Uint32Array<ArrayBuffer>;
  readonly #floats: Float32Array;
  readonly #layout: StepLayout;

  /** @param words where the row lies, its table with it; default: an array of its own */
  constructor(layout: StepLayout, words = new Uint32Array(layout.words + layout.table)) {
    this.#layout = layout;
    this.words = words;
    this.#floats = new Float32Array(words.buffer, words.byteOffset, words.length);
  }

  writeTable(table: Float32Array): void {
    this.#floats.set(table, this.#layout.words);
  }

  writeBatch(plan: BatchPlan, labels: PixelSource['labels']): void {
    const { batch, stride } = this.#layout;
    this.words[0] = plan.count;
    plan.replicas.forEach((one, r) => {
      const at = headerWords + r * stride;
      if (r > 0 && one === plan.replicas[r - 1]) {
        this.words.copyWithin(at, at - stride, at - stride + 3 * batch);
        return;
      }
      for (let n = 0; n < plan.count; n++) {
        const index = one.indices[n];
        this.words[at + n] = index;
        this.words[at + batch + n] =
          (one.shiftY[n] + 128) | ((one.shiftX[n] + 128) << 8) | (one.flip[n] << 16);
        this.words[at + 2 * batch + n] = labels[index];
      }
    });
  }

  writeCodes(replica: number, activations: readonly ActivationName[]): void {
    const at = this.#hyper(replica) + hyperWords;
    activations.forEach((name, slot) => {
      this.words[at + slot] = activationNames.indexOf(name);
    });
  }

  /** `steps`: updates made before this one. */
  writeHyper(replica: number, hyper: StepHyper, steps: number): void {
    const { optimizer, learningRate, momentum, weightDecay } = hyper;
    const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = hyper;
    const at = this.#hyper(replica);
    this.words[at] = optimizerCodes[optimizer];
    this.words[at + 1] = steps === 0 ? 1 : 0;
    this.words[at + 2] = hyper.nesterov ? 1 : 0;
    const rate = learningRate / (1 - beta1 ** (steps + 1));
    const scale = 1 / (1 - beta2 ** (steps + 1));
    const fresh = 1 - hyper.dampening;
    this.#floats.set(
      [learningRate, momentum, fresh, weightDecay, beta1, beta2, epsilon, rate, scale],
      at + 3,
    );
  }

  writeSlot(slot: number): void {
    this.words[1] = slot;
  }

  #hyper(replica: number): number {
    return headerWords + replica * this.#layout.stride + 3 * this.#layout.batch;
  }
}

/** The bytes' normalized values [channels, 256]. */
export function byteTable({ channels, mean, deviation }: PixelSource): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: 256 * channels }, (_, i) => {
    const c = Math.floor(i / 256);
    return ((i % 256) / 255 - mean[c]) / deviation[c];
  });
}

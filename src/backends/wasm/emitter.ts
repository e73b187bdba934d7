/** Argument blocks in the kernels' memory, as the @unmanaged classes of assembly/ declare them. */
import type {
  ConvolutionGeometry,
  GradientTarget,
  GradientView,
  InputView,
  KernelCall,
  Program,
} from '../../compile/program.js';
import { type Addresses, addressOf, type KernelShape, type Region, roomOf } from './memory.js';

/** Numbers of the kernels in `dispatch` of assembly/index.ts. */
const kernels = {
  packWeights: 0,
  denseForward: 1,
  denseInputGradient: 2,
  denseWeightGradient: 3,
  reduceWeightGradient: 4,
  depthwiseForward: 5,
  depthwiseBackward: 6,
  reduceDepthwise: 7,
  batchNorm: 8,
  batchNormEvaluate: 9,
  batchNormGradient: 10,
  bias: 11,
  biasGradient: 12,
  columnSums: 13,
  averagePool: 14,
  averagePoolGradient: 15,
  softmaxCrossEntropy: 16,
  gather: 17,
  update: 18,
} as const;

export type KernelName = keyof typeof kernels;

/** A word of an argument block: an integer (or address), or a float32. */
export type Word = number | { readonly real: number };

/** A block of words at an address, to be written once memory exists. */
export interface Block {
  readonly address: number;
  readonly words: readonly Word[];
}

/** One call of a kernel, and the Program's call that it is for. */
export interface Item {
  readonly kernel: KernelName;
  readonly call: KernelCall;
  readonly args: number;
  readonly units: number;
  /** Units that a thread takes at once. */
  readonly grain: number;
}

/** Shares of a call that fit the ticket of assembly/team.ts. */
const mostShares = 2 ** 18 - 64;

/** Collects the items of one list for one replica. */
export class Emitter {
  readonly program: Program;
  readonly addresses: Addresses;
  readonly shape: KernelShape;
  readonly region: Region;
  readonly blocks: Block[];
  readonly items: Item[] = [];
  readonly #replica: number;
  #call: KernelCall;

  constructor(
    common: Pick<Emitter, 'program' | 'addresses' | 'shape' | 'region' | 'blocks'>,
    replica: number,
  ) {
    this.program = common.program;
    this.addresses = common.addresses;
    this.shape = common.shape;
    this.region = common.region;
    this.blocks = common.blocks;
    this.#replica = replica;
    this.#call = common.program.train[0];
  }

  /** What comes next is for this call. */
  begin(call: KernelCall): void {
    this.#call = call;
  }

  /** Adds a call; `units` are handed out `grain` at a time. */
  push(kernel: KernelName, words: readonly Word[], units: number, grain = 1): void {
    const enough = Math.max(grain, Math.ceil(units / mostShares));
    this.items.push({ kernel, call: this.#call, args: this.write(words), units, grain: enough });
  }

  write(words: readonly Word[]): number {
    const address = this.region.take(4 * words.length);
    this.blocks.push({ address, words });
    return address;
  }

  /** Writes the list itself; gives its address. */
  finish(): number {
    return this.write(
      this.items.flatMap(({ kernel, args, units, grain }) => [kernels[kernel], args, units, grain]),
    );
  }

  get own(): Addresses['replicas'][number] {
    return this.addresses.replicas[this.#replica];
  }

  buffer(id: number | null): number {
    return id === null ? 0 : addressOf(this.program, this.addresses, this.#replica, id);
  }

  parameter(index: number): number {
    return this.own.parameters + 4 * this.program.parameters[index].offset;
  }

  gradient(index: number): number {
    return this.own.gradients + 4 * this.program.parameters[index].offset;
  }

  statistic(index: number): number {
    return this.own.statistics + 4 * this.program.statistics[index].offset;
  }

  /** Address of the code of the activation in a slot. */
  code(slot: number | null): number {
    return slot === null ? 0 : this.own.codes + 4 * slot;
  }

  view({ raw, affine, slot }: InputView): number {
    return this.write([this.buffer(raw), this.buffer(affine), this.code(slot)]);
  }

  gradientView({ dz, raw, coefficients }: GradientView): number {
    return this.write([this.buffer(dz), this.buffer(raw), this.buffer(coefficients)]);
  }

  target({ view, dz, sums, saved }: GradientTarget): number {
    return this.write([
      this.buffer(view.raw),
      this.buffer(view.affine),
      this.code(view.slot),
      this.buffer(dz),
      this.buffer(sums),
      this.buffer(saved),
    ]);
  }

  geometry(g: ConvolutionGeometry): number {
    return this.write([
      g.batch,
      g.inHeight,
      g.inWidth,
      g.inChannels,
      g.outHeight,
      g.outWidth,
      g.outChannels,
      g.kernelHeight,
      g.kernelWidth,
      g.stride,
      g.padding,
    ]);
  }

  room(call: KernelCall): number {
    const { rooms, roomBytes } = this.addresses;
    return this.write([rooms, roomBytes, roomOf(call, this.shape).first, this.shape.tile]);
  }
}

/** Writes the blocks into memory. */
export function writeBlocks(memory: ArrayBufferLike, blocks: readonly Block[]): void {
  const integers = new Int32Array(memory);
  const reals = new Float32Array(memory);
  for (const { address, words } of blocks) {
    words.forEach((word, i) => {
      const at = address / 4 + i;
      if (typeof word === 'number') integers[at] = word;
      else reals[at] = word.real;
    });
  }
}

/** Argument blocks in the kernels' memory, as abi.ts lays them out. */
import type {
  ConvolutionGeometry,
  GradientTarget,
  GradientView,
  InputView,
  KernelCall,
  Program,
} from '../../compile/program.js';
import {
  type BlockName,
  blocks,
  constants,
  type FieldType,
  type KernelName,
  kernelNames,
  kernels,
  type Values,
} from './abi.js';
import { type Addresses, addressOf, type KernelShape, type Region, roomOf } from './memory.js';

/** A word of an argument block: an integer (or address), or a float32. */
export type Word = number | { readonly real: number };

/** The fields' values in the order that the kernels read them. */
export function wordsOf<Fields extends Readonly<Record<string, FieldType>>>(
  fields: Fields,
  values: Values<Fields>,
): Word[] {
  return Object.entries(fields).map(([name, type]) =>
    type === 'f32' ? { real: values[name] } : values[name],
  );
}

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

/** Shares of a call that fit the ticket of assembly/team.ts; each thread may ask for one too many. */
const mostShares = 2 ** constants.UNIT_BITS - 64;

type FieldsOf<K extends KernelName> = (typeof kernels)[K]['args'];

/** What a kernel is given. */
export type ArgsOf<K extends KernelName> = Values<FieldsOf<K>>;

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
  push<K extends KernelName>(kernel: K, args: ArgsOf<K>, units: number, grain = 1): void {
    const enough = Math.max(grain, Math.ceil(units / mostShares));
    const address = this.args(kernel, args);
    this.items.push({ kernel, call: this.#call, args: address, units, grain: enough });
  }

  /** Writes a kernel's arguments for another that calls it; gives their address. */
  args<K extends KernelName>(kernel: K, args: ArgsOf<K>): number {
    return this.#write(wordsOf<FieldsOf<K>>(kernels[kernel].args, args));
  }

  /** Writes a block that arguments point to; gives its address. */
  block<B extends BlockName>(name: B, values: Values<(typeof blocks)[B]>): number {
    return this.#write(wordsOf<(typeof blocks)[B]>(blocks[name], values));
  }

  /** Writes the list itself; gives its address. */
  finish(): number {
    const words = this.items.flatMap(({ kernel, args, units, grain }) =>
      wordsOf(blocks.Call, { kernel: kernelNames.indexOf(kernel), args, units, grain }),
    );
    return this.#write(words);
  }

  #write(words: readonly Word[]): number {
    const address = this.region.take(4 * words.length);
    this.blocks.push({ address, words });
    return address;
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
    return this.block('View', this.#viewed({ raw, affine, slot }));
  }

  gradientView({ dz, raw, coefficients }: GradientView): number {
    return this.block('GradView', {
      dz: this.buffer(dz),
      raw: this.buffer(raw),
      coefficients: this.buffer(coefficients),
    });
  }

  target({ view, dz, sums, saved }: GradientTarget): number {
    return this.block('Target', {
      ...this.#viewed(view),
      dz: this.buffer(dz),
      sums: this.buffer(sums),
      saved: this.buffer(saved),
    });
  }

  geometry({ depthwise: _, ...geometry }: ConvolutionGeometry): number {
    return this.block('Geometry', geometry);
  }

  room(call: KernelCall): number {
    const { rooms, roomBytes } = this.addresses;
    const { first } = roomOf(call, this.shape);
    return this.block('Room', { base: rooms, size: roomBytes, first, tile: this.shape.tile });
  }

  #viewed({ raw, affine, slot }: InputView): Values<typeof blocks.View> {
    return { raw: this.buffer(raw), affine: this.buffer(affine), code: this.code(slot) };
  }
}

/** Writes the blocks into memory. */
export function writeBlocks(memory: ArrayBufferLike, blocks: readonly Block[]): void {
  const views = { integers: new Int32Array(memory), reals: new Float32Array(memory) };
  for (const block of blocks) writeBlock(views, block);
}

/** Writes one block through views of the whole memory. */
export function writeBlock(
  { integers, reals }: { readonly integers: Int32Array; readonly reals: Float32Array },
  { address, words }: Block,
): void {
  words.forEach((word, i) => {
    const at = address / 4 + i;
    if (typeof word === 'number') integers[at] = word;
    else reals[at] = word.real;
  });
}

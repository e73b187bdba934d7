/** Kernel calls -> lists of (kernel, arguments, units) in the kernels' memory, as assembly/ declares them. */
import type {
  AveragePoolCall,
  AveragePoolGradientCall,
  BatchNormCall,
  BatchNormEvaluateCall,
  ConvolutionCall,
  ConvolutionGeometry,
  ConvolutionInputGradientCall,
  ConvolutionWeightGradientCall,
  GradientTarget,
  GradientView,
  InputView,
  KernelCall,
  Program,
} from '../../compile/program.js';
import { type Addresses, addressOf, imagesPerUnit, piecesOf, type Region, roomOf } from './memory.js';

/** Numbers of the kernels in `dispatch` of assembly/index.ts. */
const kernels = {
  packWeights: 0,
  denseForward: 1,
  denseInputGradient: 2,
  denseWeightGradient: 3,
  reduceWeightGradient: 4,
  packDepthwise: 5,
  depthwiseForward: 6,
  depthwiseInputGradient: 7,
  depthwiseWeightGradient: 8,
  reduceDepthwise: 9,
  batchNorm: 10,
  batchNormEvaluate: 11,
  batchNormGradient: 12,
  bias: 13,
  biasGradient: 14,
  columnSums: 15,
  averagePool: 16,
  averagePoolGradient: 17,
  softmaxCrossEntropy: 18,
  gather: 19,
  update: 20,
} as const;

export type KernelName = keyof typeof kernels;

/** A word of an argument block: an integer (or address), or a float32. */
type Word = number | { readonly real: number };

/** A list as the kernels run it, and as it is to be written. */
export interface CallList {
  readonly address: number;
  readonly names: readonly KernelName[];
}

/** A block of words at an address, to be written once memory exists. */
export interface Block {
  readonly address: number;
  readonly words: readonly Word[];
}

interface Item {
  readonly kernel: KernelName;
  readonly args: number;
  readonly units: number;
}

/** Makes the lists of one Program; panels of packed weights are shared by the replicas. */
export class ListMaker {
  readonly blocks: Block[] = [];
  readonly #program: Program;
  readonly #addresses: Addresses;
  readonly #region: Region;
  readonly #panels = new Map<string, number>();
  #replica = 0;
  #items: Item[] = [];

  constructor(program: Program, addresses: Addresses, region: Region) {
    this.#program = program;
    this.#addresses = addresses;
    this.#region = region;
  }

  /** The list of `calls` for one replica; `pack`: also pack the weights of forward convolutions. */
  make(calls: readonly KernelCall[], replica: number, pack: boolean): CallList {
    this.#replica = replica;
    this.#items = [];
    for (const call of calls) this.#emit(call, pack);
    return this.#finish();
  }

  /** The list that packs what an evaluation needs. */
  makePacking(calls: readonly KernelCall[], replica: number): CallList {
    this.#replica = replica;
    this.#items = [];
    for (const call of calls)
      if (call.kernel === 'convolution') this.#pack(call.geometry, call.weight, false);
    return this.#finish();
  }

  #finish(): CallList {
    const words = this.#items.flatMap(({ kernel, args, units }) => [kernels[kernel], args, units]);
    return { address: this.#write(words), names: this.#items.map(({ kernel }) => kernel) };
  }

  #write(words: readonly Word[]): number {
    const address = this.#region.take(4 * words.length);
    this.blocks.push({ address, words });
    return address;
  }

  #push(kernel: KernelName, words: readonly Word[], units: number): void {
    this.#items.push({ kernel, args: this.#write(words), units });
  }

  #buffer(id: number | null): number {
    return id === null ? 0 : addressOf(this.#program, this.#addresses, this.#replica, id);
  }

  #parameter(index: number): number {
    return this.#addresses.replicas[this.#replica].parameters + 4 * this.#program.parameters[index].offset;
  }

  #gradient(index: number): number {
    return this.#addresses.replicas[this.#replica].gradients + 4 * this.#program.parameters[index].offset;
  }

  #statistic(index: number): number {
    return this.#addresses.replicas[this.#replica].statistics + 4 * this.#program.statistics[index].offset;
  }

  #code(slot: number | null): number {
    return slot === null ? 0 : this.#addresses.replicas[this.#replica].codes + 4 * slot;
  }

  #view({ raw, affine, slot }: InputView): number {
    return this.#write([this.#buffer(raw), this.#buffer(affine), this.#code(slot)]);
  }

  #gradientView({ dz, raw, coefficients }: GradientView): number {
    return this.#write([this.#buffer(dz), this.#buffer(raw), this.#buffer(coefficients)]);
  }

  #target({ view, dz, sums, saved }: GradientTarget): number {
    return this.#write([
      this.#buffer(view.raw),
      this.#buffer(view.affine),
      this.#code(view.slot),
      this.#buffer(dz),
      this.#buffer(sums),
      this.#buffer(saved),
    ]);
  }

  #geometry(g: ConvolutionGeometry): number {
    return this.#write([
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

  #room(call: KernelCall): number {
    return this.#write([this.#addresses.rooms, this.#addresses.roomBytes, roomOf(call).first]);
  }

  /** Packs a weight (panels of the forward product, or turned for the input gradient); gives the panels' address. */
  #pack(g: ConvolutionGeometry, weight: number, turned: boolean, emit = true): number {
    const taps = g.kernelHeight * g.kernelWidth;
    const columns = Math.ceil((turned ? g.inChannels : g.outChannels) / 8) * 8;
    const elements = g.depthwise
      ? taps * Math.ceil(g.inChannels / 4) * 4
      : taps * columns * (turned ? g.outChannels : g.inChannels);
    const key = `${weight} ${turned}`;
    const panels = this.#panels.get(key) ?? this.#region.take(4 * elements);
    this.#panels.set(key, panels);
    if (!emit) return panels;
    const source = this.#parameter(weight);
    const turn = turned ? 1 : 0;
    if (g.depthwise) this.#push('packDepthwise', [source, panels, g.inChannels, taps, turn], taps);
    else this.#push('packWeights', [source, panels, g.outChannels, g.inChannels, taps, turn], columns / 8);
    return panels;
  }

  #emit(call: KernelCall, pack: boolean): void {
    switch (call.kernel) {
      case 'gather':
        this.#gather(this.#buffer(call.output));
        break;
      case 'convolution':
        this.#convolution(call, pack);
        break;
      case 'convolutionInputGradient':
        this.#inputGradient(call);
        break;
      case 'convolutionWeightGradient':
        this.#weightGradient(call);
        break;
      case 'batchNorm':
        this.#batchNorm('batchNorm', call);
        break;
      case 'batchNormEvaluate':
        this.#batchNorm('batchNormEvaluate', call);
        break;
      case 'bias':
        this.#push(
          'bias',
          [call.channels, this.#parameter(call.bias), this.#buffer(call.affine)],
          call.channels,
        );
        break;
      case 'averagePool':
        this.#pool('averagePool', call);
        break;
      case 'averagePoolGradient':
        this.#pool('averagePoolGradient', call);
        break;
      case 'softmaxCrossEntropy':
        this.#push(
          'softmaxCrossEntropy',
          [
            call.classes,
            this.#addresses.count,
            this.#addresses.labels,
            this.#view(call.input),
            this.#buffer(call.logits),
            this.#buffer(call.losses),
            this.#buffer(call.predicted),
            this.#buffer(call.gradient),
          ],
          call.batch,
        );
        break;
      case 'batchNormGradient':
        this.#push(
          'batchNormGradient',
          [
            call.rows,
            call.channels,
            this.#buffer(call.sums),
            this.#buffer(call.saved),
            this.#parameter(call.gamma),
            this.#gradient(call.gamma),
            this.#gradient(call.beta),
            this.#buffer(call.coefficients),
          ],
          call.channels,
        );
        break;
      case 'biasGradient':
        this.#push(
          'biasGradient',
          [call.rows, call.channels, this.#buffer(call.sums), 0, 0, 0, this.#gradient(call.bias), 0],
          call.channels,
        );
        break;
      case 'columnSums':
        this.#push(
          'columnSums',
          [call.rows, call.channels, this.#buffer(call.dz), this.#buffer(call.sums)],
          Math.ceil(call.rows / 64),
        );
        break;
      case 'update':
        this.#update();
        break;
      default:
        call satisfies never;
    }
  }

  #gather(output: number): void {
    const { count, bytes, draws, table } = this.#addresses;
    const { height, width, channels } = this.#program.network.input;
    this.#push('gather', [channels, height, width, count, bytes, draws, table, output], this.#program.batch);
  }

  #convolution(call: ConvolutionCall, pack: boolean): void {
    const g = call.geometry;
    const panels = this.#pack(g, call.weight, false, pack);
    const common = { output: this.#buffer(call.output), statistics: this.#buffer(call.statistics) };
    if (g.depthwise) {
      this.#depthwise('depthwiseForward', call, { ...common, view: this.#view(call.input), weights: panels });
      return;
    }
    const rows = g.batch * g.outHeight * g.outWidth;
    const view = this.#view(call.input);
    const words = [this.#geometry(g), view, panels, common.output, common.statistics, rows, this.#room(call)];
    this.#push('denseForward', words, Math.ceil(rows / 64));
  }

  #inputGradient(call: ConvolutionInputGradientCall): void {
    const g = call.geometry;
    const panels = this.#pack(g, call.weight, true);
    const gradient = this.#gradientView(call.gradient);
    const target = this.#target(call.target);
    if (g.depthwise) {
      this.#depthwise('depthwiseInputGradient', call, { gradient, weights: panels, target });
      return;
    }
    const rows = g.batch * g.inHeight * g.inWidth;
    const words = [this.#geometry(g), gradient, panels, target, rows, this.#room(call)];
    this.#push('denseInputGradient', words, Math.ceil(rows / 64));
  }

  #weightGradient(call: ConvolutionWeightGradientCall): void {
    const g = call.geometry;
    const taps = g.kernelHeight * g.kernelWidth;
    const { accumulators } = this.#addresses;
    const gradient = this.#gradientView(call.gradient);
    const view = this.#view(call.input);
    const to = this.#gradient(call.weight);
    if (g.depthwise) {
      const units = this.#depthwise('depthwiseWeightGradient', call, {
        gradient,
        view,
        partials: accumulators,
      });
      this.#push('reduceDepthwise', [accumulators, to, g.inChannels, taps, units], g.inChannels);
      return;
    }
    const pieces = piecesOf(g);
    const rows = g.batch * g.outHeight * g.outWidth;
    const words = [this.#geometry(g), gradient, view, accumulators, rows, pieces, this.#room(call)];
    this.#push('denseWeightGradient', words, pieces);
    const reduce = [accumulators, to, g.outChannels, g.inChannels, taps, pieces];
    this.#push('reduceWeightGradient', reduce, g.outChannels);
  }

  #depthwise(
    kernel: 'depthwiseForward' | 'depthwiseInputGradient' | 'depthwiseWeightGradient',
    call: ConvolutionCall | ConvolutionInputGradientCall | ConvolutionWeightGradientCall,
    given: Partial<
      Record<'view' | 'gradient' | 'weights' | 'output' | 'statistics' | 'target' | 'partials', number>
    >,
  ): number {
    const g = call.geometry;
    const pixels = kernel === 'depthwiseForward' ? g.outHeight * g.outWidth : g.inHeight * g.inWidth;
    const group = imagesPerUnit(pixels, g.batch);
    const units = Math.ceil(g.batch / group);
    const words = [
      this.#geometry(g),
      given.view ?? 0,
      given.gradient ?? 0,
      given.weights ?? 0,
      given.output ?? 0,
      given.statistics ?? 0,
      given.target ?? 0,
      given.partials ?? 0,
      group,
      this.#room(call),
    ];
    this.#push(kernel, words, units);
    return units;
  }

  #batchNorm(kernel: 'batchNorm' | 'batchNormEvaluate', call: BatchNormCall | BatchNormEvaluateCall): void {
    const training = call.kernel === 'batchNorm' ? call : null;
    const words: Word[] = [
      training?.rows ?? 0,
      call.channels,
      this.#buffer(training?.statistics ?? null),
      this.#parameter(call.gamma),
      this.#parameter(call.beta),
      this.#statistic(call.runningMean),
      this.#statistic(call.runningVariance),
      this.#buffer(call.affine),
      this.#buffer(training?.saved ?? null),
      { real: call.epsilon },
      { real: training?.momentum ?? 0 },
    ];
    this.#push(kernel, words, call.channels);
  }

  #pool(
    kernel: 'averagePool' | 'averagePoolGradient',
    call: AveragePoolCall | AveragePoolGradientCall,
  ): void {
    const { batch, inHeight, inWidth, channels, size } = call.geometry;
    const group = imagesPerUnit(inHeight * inWidth, batch);
    const forward = call.kernel === 'averagePool';
    const words = [
      batch,
      inHeight,
      inWidth,
      channels,
      size,
      forward ? this.#view(call.input) : 0,
      forward ? this.#buffer(call.output) : 0,
      forward ? 0 : this.#gradientView(call.gradient),
      forward ? 0 : this.#target(call.target),
      group,
      this.#room(call),
    ];
    this.#push(kernel, words, forward ? batch : Math.ceil(batch / group));
  }

  #update(): void {
    const { parameters, gradients, first, second, hyper } = this.#addresses.replicas[this.#replica];
    const elements = this.#program.parameterElements;
    this.#push('update', [elements, parameters, gradients, first, second, hyper], Math.ceil(elements / 4096));
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

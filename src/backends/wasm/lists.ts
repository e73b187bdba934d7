/** Kernel calls of a Program -> lists of the kernels' own calls. */
import type {
  AveragePoolCall,
  AveragePoolGradientCall,
  BatchNormCall,
  BatchNormEvaluateCall,
  BatchNormGradientCall,
  KernelCall,
  Program,
  SoftmaxCrossEntropyCall,
} from '../../compile/program.js';
import {
  emitForward,
  emitInputGradient,
  emitWeightGradient,
  type Panels,
  packForward,
  partnerOf,
} from './convolutions.js';
import { type Block, Emitter, type Item, type Word } from './emitter.js';
import type { Addresses, KernelShape, Region } from './memory.js';
import { imagesPerUnit } from './pieces.js';

/** A list as the kernels run it. */
export interface CallList {
  readonly address: number;
  readonly items: readonly Item[];
}

/** Channels of a unit of the normalization's kernels. */
const group = 4;

/** Makes the lists of one Program; packed weights are shared by the replicas. */
export class ListMaker {
  readonly program: Program;
  readonly addresses: Addresses;
  readonly shape: KernelShape;
  readonly region: Region;
  readonly blocks: Block[] = [];
  readonly #panels: Panels = new Map();

  constructor(program: Program, addresses: Addresses, shape: KernelShape, region: Region) {
    this.program = program;
    this.addresses = addresses;
    this.shape = shape;
    this.region = region;
  }

  /** The list of `calls` for one replica; `pack`: also pack the weights of forward convolutions. */
  make(calls: readonly KernelCall[], replica: number, pack: boolean): CallList {
    const emit = new Emitter(this, replica);
    for (let i = 0; i < calls.length; i++) {
      const partner = partnerOf(calls[i], calls[i + 1]);
      this.#emit(emit, calls[i], partner, pack);
      if (partner !== null) i++;
    }
    return { address: emit.finish(), items: emit.items };
  }

  /** The list that packs what an evaluation needs. */
  makePacking(calls: readonly KernelCall[], replica: number): CallList {
    const emit = new Emitter(this, replica);
    for (const call of calls) {
      emit.begin(call);
      if (call.kernel === 'convolution') packForward(emit, call, this.#panels, true);
    }
    return { address: emit.finish(), items: emit.items };
  }

  #emit(emit: Emitter, call: KernelCall, partner: ReturnType<typeof partnerOf>, pack: boolean): void {
    emit.begin(call);
    switch (call.kernel) {
      case 'gather':
        return emitGather(emit, call.output);
      case 'convolution':
        return emitForward(emit, call, this.#panels, pack);
      case 'convolutionInputGradient':
        if (!call.geometry.depthwise) return emitInputGradient(emit, call);
        throw new Error('a depthwise input gradient stands apart from its weight gradient');
      case 'convolutionWeightGradient':
        return emitWeightGradient(emit, call, partner);
      case 'batchNorm':
      case 'batchNormEvaluate':
        return emitBatchNorm(emit, call);
      case 'bias':
        return emit.push(
          'bias',
          [call.channels, emit.parameter(call.bias), emit.buffer(call.affine)],
          Math.ceil(call.channels / group),
          64,
        );
      case 'averagePool':
      case 'averagePoolGradient':
        return emitPool(emit, call);
      case 'softmaxCrossEntropy':
        return emitLoss(emit, call);
      case 'batchNormGradient':
        return emitBatchNormGradient(emit, call);
      case 'biasGradient': {
        const words = [
          call.rows,
          call.channels,
          emit.buffer(call.sums),
          0,
          0,
          0,
          emit.gradient(call.bias),
          0,
        ];
        return emit.push('biasGradient', words, Math.ceil(call.channels / group), normGrain(call.rows));
      }
      case 'columnSums': {
        const words = [call.rows, call.channels, emit.buffer(call.dz), emit.buffer(call.sums)];
        return emit.push('columnSums', words, Math.ceil(call.rows / 64));
      }
      case 'update':
        return emitUpdate(emit);
      default:
        call satisfies never;
    }
  }
}

/** Groups of channels that a thread takes at once: enough for some microseconds of work. */
function normGrain(rows: number): number {
  return Math.max(1, Math.ceil(1024 / Math.ceil(rows / 64)));
}

function emitGather(emit: Emitter, output: number): void {
  const { count, bytes, draws, table } = emit.addresses;
  const { height, width, channels } = emit.program.network.input;
  const words = [channels, height, width, count, bytes, draws, table, emit.buffer(output)];
  emit.push('gather', words, emit.program.batch, 4);
}

function emitBatchNorm(emit: Emitter, call: BatchNormCall | BatchNormEvaluateCall): void {
  const training = call.kernel === 'batchNorm' ? call : null;
  const words: Word[] = [
    training?.rows ?? 0,
    call.channels,
    emit.buffer(training?.statistics ?? null),
    emit.parameter(call.gamma),
    emit.parameter(call.beta),
    emit.statistic(call.runningMean),
    emit.statistic(call.runningVariance),
    emit.buffer(call.affine),
    emit.buffer(training?.saved ?? null),
    { real: call.epsilon },
    { real: training?.momentum ?? 0 },
  ];
  const grain = training === null ? 256 : normGrain(training.rows);
  emit.push(call.kernel, words, Math.ceil(call.channels / group), grain);
}

function emitBatchNormGradient(emit: Emitter, call: BatchNormGradientCall): void {
  const words = [
    call.rows,
    call.channels,
    emit.buffer(call.sums),
    emit.buffer(call.saved),
    emit.parameter(call.gamma),
    emit.gradient(call.gamma),
    emit.gradient(call.beta),
    emit.buffer(call.coefficients),
  ];
  emit.push('batchNormGradient', words, Math.ceil(call.channels / group), normGrain(call.rows));
}

function emitPool(emit: Emitter, call: AveragePoolCall | AveragePoolGradientCall): void {
  const { batch, inHeight, inWidth, channels, size } = call.geometry;
  const images = imagesPerUnit(inHeight * inWidth, batch);
  const forward = call.kernel === 'averagePool';
  const words = [
    batch,
    inHeight,
    inWidth,
    channels,
    size,
    forward ? emit.view(call.input) : 0,
    forward ? emit.buffer(call.output) : 0,
    forward ? 0 : emit.gradientView(call.gradient),
    forward ? 0 : emit.target(call.target),
    images,
    emit.room(call),
  ];
  if (forward) emit.push('averagePool', words, batch, 4);
  else emit.push('averagePoolGradient', words, Math.ceil(batch / images));
}

function emitLoss(emit: Emitter, call: SoftmaxCrossEntropyCall): void {
  const words = [
    call.classes,
    emit.addresses.count,
    emit.addresses.labels,
    emit.view(call.input),
    emit.buffer(call.logits),
    emit.buffer(call.losses),
    emit.buffer(call.predicted),
    emit.buffer(call.gradient),
  ];
  emit.push('softmaxCrossEntropy', words, call.batch, 8);
}

/** Elements of a unit of the update: CHUNK of assembly/small.ts. */
const updateChunk = 4096;

function emitUpdate(emit: Emitter): void {
  const { parameters, gradients, first, second, hyper } = emit.own;
  const elements = emit.program.parameterElements;
  const words = [elements, parameters, gradients, first, second, hyper];
  emit.push('update', words, Math.ceil(elements / updateChunk), 8);
}

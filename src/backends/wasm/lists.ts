/** Kernel calls of a Program -> lists of the kernels' own calls. */
import type { KernelCall, Program, SoftmaxCrossEntropyCall } from '../../compile/program.js';
import { buffersOf } from '../../compile/uses.js';
import { blocks, constants } from './abi.js';
import {
  emitForward,
  emitInputGradient,
  emitWeightGradient,
  type Panels,
  packForward,
  partnerOf,
} from './convolutions.js';
import { type Block, Emitter, type Item } from './emitter.js';
import type { Addresses, KernelShape, Region } from './memory.js';
import {
  emitBatchNorm,
  emitBatchNormEvaluate,
  emitBatchNormGradient,
  emitBias,
  emitBiasGradient,
  emitColumnSums,
} from './normalization.js';
import { emitPooling } from './pooling.js';

/** Bytes of a call in a list. */
export const callBytes = 4 * Object.keys(blocks.Call).length;

/** A list as the kernels run it. */
export interface CallList {
  readonly address: number;
  readonly items: readonly Item[];
}

/**
 * The list for a replica that sees the images of the one before: it does not gather them again. The same list where the step
 * writes something over them.
 */
export function withoutGather(program: Program, list: CallList): CallList {
  const [first] = list.items;
  if (first?.kernel !== 'gather' || first.call.kernel !== 'gather') return list;
  const isKept = staysWhole(program, program.train, first.call.output);
  return isKept ? { address: list.address + callBytes, items: list.items.slice(1) } : list;
}

/** Whether no call writes where a buffer lies but the one that makes it. */
function staysWhole(program: Program, calls: readonly KernelCall[], id: number): boolean {
  const { buffers } = program;
  const own = buffers[id];
  return calls.every((call) =>
    buffersOf(call).writes.every((other) => {
      const { lifetime, offset, elements } = buffers[other];
      const isApart = offset + elements <= own.offset || own.offset + own.elements <= offset;
      return other === id || lifetime !== own.lifetime || isApart;
    }),
  );
}

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
        return emitBatchNorm(emit, call);
      case 'batchNormEvaluate':
        return emitBatchNormEvaluate(emit, call);
      case 'bias':
        return emitBias(emit, call);
      case 'softmaxCrossEntropy':
        return emitLoss(emit, call);
      case 'batchNormGradient':
        return emitBatchNormGradient(emit, call);
      case 'biasGradient':
        return emitBiasGradient(emit, call);
      case 'columnSums':
        return emitColumnSums(emit, call);
      case 'update':
        return emitUpdate(emit);
      default:
        return emitPooling(emit, call);
    }
  }
}

function emitGather(emit: Emitter, output: number): void {
  const { count, bytes, draws, table } = emit.addresses;
  const { height, width, channels } = emit.program.network.input;
  const args = { channels, height, width, count, bytes, draws, table, output: emit.buffer(output) };
  emit.push('gather', args, emit.program.batch, 4);
}

function emitLoss(emit: Emitter, call: SoftmaxCrossEntropyCall): void {
  const { count, labels } = emit.addresses;
  const args = {
    classes: call.classes,
    count,
    labels,
    view: emit.view(call.input),
    logits: emit.buffer(call.logits),
    losses: emit.buffer(call.losses),
    predicted: emit.buffer(call.predicted),
    gradient: emit.buffer(call.gradient),
  };
  emit.push('softmaxCrossEntropy', args, call.batch, 8);
}

function emitUpdate(emit: Emitter): void {
  const { parameters, gradients, first, second, hyper } = emit.own;
  const elements = emit.program.parameterElements;
  const args = { elements, parameters, gradients, first, second, hyper };
  emit.push('update', args, Math.ceil(elements / constants.UPDATE_CHUNK), 8);
}

/**
 * The arithmetic and the memory traffic that a kernel call cannot do without: for `ceteris bench`. Pure.
 *
 * Operations: a multiplication and an addition count as two; those of convolutions and linear layers only, for what
 * normalization and activations add is small beside them. Bytes: every tensor that the call reads or writes, once, as
 * if all that is read again lay in a cache. A share of the limit above 100% means that a tensor still lay in one.
 */
import { depthwiseGroups, pieceRows } from '../backends/wasm/pieces.js';
import type { ConvolutionGeometry, KernelCall, Program } from '../compile/program.js';
import { buffersOf } from '../compile/uses.js';

export interface Work {
  /** Floating-point operations. */
  readonly flops: number;
  readonly bytes: number;
}

/** What the machine can do at most, with the threads that it was measured with. */
export interface Peak {
  /** Single-precision multiply-add in the vectors of the kernels' variant, in GFLOPS. */
  readonly gflops: number;
  /** Memory far larger than the caches, the better of reading and copying, in GB/s. */
  readonly gigabytesPerSecond: number;
}

export interface Limit {
  /** The least milliseconds that the work can take. */
  readonly milliseconds: number;
  readonly boundBy: 'compute' | 'memory';
}

/** The roofline (Williams, Waterman and Patterson 2009): the slower of arithmetic and memory. */
export function limitOf({ flops, bytes }: Work, { gflops, gigabytesPerSecond }: Peak): Limit {
  const compute = flops / (gflops * 1e6);
  const memory = bytes / (gigabytesPerSecond * 1e6);
  return compute >= memory
    ? { milliseconds: compute, boundBy: 'compute' }
    : { milliseconds: memory, boundBy: 'memory' };
}

/** Geometry of a convolution, linear layer or one of their gradients; `null` for other calls. */
export function convolutionOf(call: KernelCall): ConvolutionGeometry | null {
  return 'geometry' in call && 'kernelHeight' in call.geometry ? call.geometry : null;
}

/** Operations of a convolution (or linear layer), forward or one of its gradients: they are equal. */
export function flopsOf(call: KernelCall): number {
  const g = convolutionOf(call);
  return g === null ? 0 : 2 * g.batch * g.outHeight * g.outWidth * weightsOf(g);
}

export function sumOfFlops(calls: readonly KernelCall[]): number {
  return calls.reduce((sum, call) => sum + flopsOf(call), 0);
}

/** Work of a kernel that does these calls at once: mostly one; both gradients of a depthwise convolution. */
export function workOf(program: Program, calls: readonly KernelCall[]): Work {
  const buffers = new Set(calls.flatMap((call) => Object.values(buffersOf(call)).flat()));
  const elements = [...buffers].reduce((sum, id) => sum + program.buffers[id].elements, 0);
  const outside = calls.reduce((sum, call) => sum + bytesOutside(program, call), 0);
  return { flops: sumOfFlops(calls), bytes: 4 * elements + outside };
}

/** Bytes of what is no buffer: weights, their gradients, images. */
function bytesOutside(program: Program, call: KernelCall): number {
  const { height, width, channels } = program.network.input;
  switch (call.kernel) {
    case 'gather':
      return program.batch * height * width * channels;
    case 'convolution':
    case 'convolutionInputGradient':
    case 'convolutionWeightGradient':
      return 4 * program.parameters[call.weight].elements;
    case 'update':
      // Weights and velocities are read and written, gradients read (SGD with momentum).
      return 5 * 4 * program.parameterElements;
    default:
      return 0;
  }
}

/** Kernels that only serve another one: they bring weights, or partial gradients, into another form. */
const helpers = ['packWeights', 'reduceWeightGradient', 'reduceDepthwise'] as const;
export type Helper = (typeof helpers)[number];

export function isHelper(kernel: string): kernel is Helper {
  return (helpers as readonly string[]).includes(kernel);
}

/** Work of a helper: it reads one or several copies of the weights' size, and writes one. */
export function helperWork(kernel: Helper, call: KernelCall): Work {
  const g = convolutionOf(call);
  return { flops: 0, bytes: g === null ? 0 : 4 * weightsOf(g) * (copiesOf(kernel, g) + 1) };
}

function copiesOf(kernel: Helper, g: ConvolutionGeometry): number {
  const rows = g.batch * g.outHeight * g.outWidth;
  if (kernel === 'reduceWeightGradient') return Math.ceil(rows / pieceRows(rows));
  if (kernel === 'reduceDepthwise') return Math.ceil(g.batch / depthwiseGroups(g)[1]);
  return 1;
}

function weightsOf(g: ConvolutionGeometry): number {
  return g.outChannels * g.kernelHeight * g.kernelWidth * (g.depthwise ? 1 : g.inChannels);
}

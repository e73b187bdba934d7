/**
 * Which products of a Program can be made in halves, and where upper bounds of their factors lie: pointwise convolutions with
 * batch-norm before and behind, in training steps. Their inputs are bounded by batch-norm itself (no value lies further than
 * the root of the batch's rows from the mean, in deviations), weights by their largest, gradients by the largest dz that the
 * kernel before them met. Everything else, and every evaluation, is made in float32.
 */
import type {
  BatchNormCall,
  BatchNormGradientCall,
  BufferId,
  ConvolutionCall,
  KernelCall,
  Program,
} from '../../compile/program.js';
import { maxGroups } from './kernel.js';
import { depthwisePieces, isDepthwise3x3 } from './kernels/depthwisePlan.js';
import { isInQuads, isProduct } from './kernels/products.js';
import type { BoundsPlace, HalfPlace } from './places.js';
import { piecesOf } from './sums.js';

/** Workgroups that look for the largest weight of a convolution: each leaves one bound. */
export const boundChunks = 32;

/** A pointwise convolution in halves. */
export interface HalfProduct extends HalfPlace {
  readonly forward: ConvolutionCall;
  /** What makes the affine of its input. */
  readonly norm: BatchNormCall;
}

export interface HalfProducts {
  /** By the parameter that is their weight. */
  readonly byWeight: ReadonlyMap<number, HalfProduct>;
  /** Sums beside which the largest |dz| of every channel are kept, in so many slots, with the bounds that come of them. */
  readonly bySums: ReadonlyMap<BufferId, { readonly slots: number; readonly bounds: BoundsPlace }>;
  /** Elements of a replica. */
  readonly elements: number;
}

export const noHalves: HalfProducts = { byWeight: new Map(), bySums: new Map(), elements: 0 };

/** @param first element of a replica's vectors at which bounds begin: a multiple of 4 */
export function halfProducts({ train, parameters }: Program, first: number): HalfProducts {
  const byWeight = new Map<number, HalfProduct>();
  const bySums = new Map<BufferId, { slots: number; bounds: BoundsPlace }>();
  let next = first;
  const place = (count: number): BoundsPlace => {
    next += count;
    return { offset: next - count, count };
  };
  for (const forward of train) {
    if (forward.kernel !== 'convolution' || forward.statistics === null) continue;
    if (!isProduct(forward.geometry) || !isInQuads(forward.geometry)) continue;
    if (parameters[forward.weight].offset % 4 !== 0) continue;
    const norm = train.find((call) => isNormOf(call, forward));
    const behind = gradientNormOf(train, forward);
    const slots = behind === null ? null : slotsOf(train, behind);
    if (norm?.kernel !== 'batchNorm' || behind === null || slots === null) continue;
    const gradient = place(forward.geometry.outChannels);
    byWeight.set(forward.weight, {
      forward,
      norm,
      gradient,
      weight: place(boundChunks),
      view: place(boundChunks),
    });
    bySums.set(behind.sums, { slots, bounds: gradient });
  }
  return { byWeight, bySums, elements: next - first };
}

const isNormOf = (call: KernelCall, { input }: ConvolutionCall): boolean =>
  call.kernel === 'batchNorm' && call.affine === input.affine;

/** The batch-norm behind a convolution, going back. */
function gradientNormOf(train: Program['train'], { weight }: ConvolutionCall): BatchNormGradientCall | null {
  const own = train.find((call) => call.kernel === 'convolutionWeightGradient' && call.weight === weight);
  if (own?.kernel !== 'convolutionWeightGradient') return null;
  const norm = train.find(
    (call) => call.kernel === 'batchNormGradient' && call.coefficients === own.gradient.coefficients,
  );
  return norm?.kernel === 'batchNormGradient' ? norm : null;
}

/**
 * In how many slots the kernel that makes a batch-norm's dz leaves the largest: depthwise convolutions and the plain kernels
 * look for them. `null`: it does not.
 */
function slotsOf(train: Program['train'], { sums, rows }: BatchNormGradientCall): number | null {
  for (const call of train) {
    if (!('target' in call) || call.target.sums !== sums) continue;
    const plain = Math.min(maxGroups, piecesOf(rows));
    if (call.kernel === 'averagePoolGradient') return plain;
    if (call.kernel !== 'convolutionInputGradient' || isProduct(call.geometry)) return null;
    return isDepthwise3x3(call.geometry) ? depthwisePieces(call.geometry) : plain;
  }
  return null;
}

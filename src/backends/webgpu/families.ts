/**
 * Which kernels make a convolution: products in tiles for pointwise ones, strips for depthwise 3x3, patches for the first
 * one (few input channels), plain kernels for everything else.
 */
import type {
  AveragePoolCall,
  AveragePoolGradientCall,
  BatchNormCall,
  BatchNormGradientCall,
  BufferId,
  ConvolutionCall,
  ConvolutionInputGradientCall,
  ConvolutionWeightGradientCall,
} from '../../compile/program.js';
import type { Dispatch } from './kernel.js';
import {
  depthwiseBackwardDispatch,
  depthwiseForwardDispatch,
  depthwisePieces,
  isDepthwise3x3,
} from './kernels/depthwisePlan.js';
import { forward } from './kernels/directForward.js';
import { inputGradient } from './kernels/directInputGradient.js';
import { weightGradient } from './kernels/directWeightGradient.js';
import type { FinishGradient, FinishStatistics } from './kernels/finish.js';
import type { forwardBindings } from './kernels/forward.js';
import { batchNorm, batchNormGradient } from './kernels/norm.js';
import {
  dataGradientDispatch,
  forwardDispatch,
  isInQuads,
  isProduct,
  type PlannedDispatch,
  weightGradientDispatch,
  weightPieces,
} from './kernels/products.js';
import { isThin, thinForwardDispatch, thinPieces, thinWeightDispatch } from './kernels/thin.js';
import { none, type Partials, type Places } from './places.js';
import type { TileChoice } from './tileChoice.js';

export interface ConvolutionKernels {
  /** @param norm what makes the affine of its input; none: a dispatch before has done it. */
  forward<Ref>(
    call: ConvolutionCall | AveragePoolCall,
    places: Places<Ref>,
    norm?: BatchNormCall,
  ): Dispatch<Ref>[];
  inputGradient<Ref>(
    call: ConvolutionInputGradientCall | AveragePoolGradientCall,
    places: Places<Ref>,
  ): Dispatch<Ref>[];
  /** @param norm what makes the coefficients of its gradient; none: a dispatch before has done it */
  weightGradient<Ref>(
    call: ConvolutionWeightGradientCall,
    places: Places<Ref>,
    norm?: BatchNormGradientCall,
  ): Dispatch<Ref>[];
  /** Both gradients of one depthwise convolution. */
  gradients<Ref>(
    weight: ConvolutionWeightGradientCall,
    input: ConvolutionInputGradientCall,
    places: Places<Ref>,
    norm?: BatchNormGradientCall,
  ): Dispatch<Ref>[];
}

/** The plain kernels for everything: the oracle of the others on the same device. */
export const directOnly: ConvolutionKernels = {
  forward: (call, places, norm) => [
    ...(norm === undefined ? [] : [batchNorm(norm, places)]),
    forward(call, places),
  ],
  inputGradient: (call, places) => [inputGradient(call, places)],
  weightGradient: (call, places, norm) => [
    ...(norm === undefined ? [] : [batchNormGradient(norm, places)]),
    weightGradient(call, places),
  ],
  gradients: (weight, input, places, norm) => [
    ...directOnly.weightGradient(weight, places, norm),
    inputGradient(input, places),
  ],
};

/** The fast families with a device's tiles. */
export function fastKernels(tiles: TileChoice): ConvolutionKernels {
  return {
    forward: (call, places, norm) => {
      if (call.kernel === 'averagePool') return directOnly.forward(call, places);
      const shared = sharedSums(call.statistics, norm?.statistics, places);
      const finished = shared.areOne ? norm : undefined;
      const planned = fastForward(call, places, tiles, finished);
      if (planned === null) return directOnly.forward(call, places, norm);
      const { input, output } = call;
      const before = norm !== undefined && finished === undefined ? [batchNorm(norm, places)] : [];
      return [
        ...before,
        bound(planned, {
          xs: places.buffer(input.raw),
          vectors: places.vectors,
          parameters: places.parameters,
          output: places.buffer(output),
          sums: shared.ref,
          flags: places.flags,
        }),
      ];
    },
    inputGradient: (call, places) => {
      if (call.kernel === 'averagePoolGradient') return directOnly.inputGradient(call, places);
      const planned = fastDataGradient(call, places, tiles);
      if (planned === null) return directOnly.inputGradient(call, places);
      const { target } = call;
      const needsTarget = target.view.slot !== null || target.saved !== null;
      const targetRaw = needsTarget ? places.buffer(target.view.raw) : places.dummyRead;
      const sums = places.sums(target.sums).ref;
      return [bound(planned, { ...gradientArrays(call, places), sums, targetRaw })];
    },
    gradients: (weight, input, places, norm) => {
      const shared = sharedSums(input.target.sums, norm?.sums, places);
      const finished = shared.areOne ? norm : undefined;
      const planned = fastGradients(weight, input, places, tiles, finished);
      if (planned === null) return directOnly.gradients(weight, input, places, norm);
      const { dispatch, partials } = planned;
      const arrays = { ...gradientArrays(input, places), sums: shared.ref, partials };
      const before = norm !== undefined && finished === undefined ? [batchNormGradient(norm, places)] : [];
      return [...before, bound(dispatch, { ...arrays, targetRaw: places.buffer(weight.input.raw) })];
    },
    weightGradient: (call, places, norm) => {
      // In halves the bounds of the whole gradient must be known before.
      const isWhole = places.halves(call.weight) === null && canFinish(call);
      const finished = norm !== undefined && isWhole ? norm : undefined;
      const before = norm !== undefined && finished === undefined ? [batchNormGradient(norm, places)] : [];
      const planned = fastWeightGradient(call, places, tiles, finished);
      if (planned === null) return [...before, ...directOnly.weightGradient(call, places)];
      const { gradient, input } = call;
      return [
        ...before,
        bound(planned.dispatch, {
          dz: places.buffer(gradient.dz),
          raw: gradient.coefficients === null ? places.dummyRead : places.buffer(gradient.raw),
          vectors: places.vectors,
          xs: places.buffer(input.raw),
          output: planned.partials,
          parameters: places.parameters,
          sums: finished === undefined ? places.dummyRead : places.sums(finished.sums).ref,
        }),
      ];
    },
  };
}

function fastForward<Ref>(
  call: ConvolutionCall,
  places: Places<Ref>,
  tiles: TileChoice,
  norm?: BatchNormCall,
): PlannedDispatch<(typeof forwardBindings)[number]> | null {
  const { geometry: g, input, statistics } = call;
  const own = {
    ...(norm === undefined ? {} : { finish: finishStatistics(norm, places) }),
    ...common(places),
    weightOffset: places.parameter(call.weight),
    inputAffine: places.vector(input.affine),
    slot: places.code(input.slot),
    sums: places.sums(statistics).offset,
  };
  if (isDepthwise3x3(g)) {
    const part = norm === undefined ? 'forward' : 'finishing forward';
    return depthwiseForwardDispatch(g, own, tiles.depthwise(part, g, places.replicas));
  }
  if (norm !== undefined) return null;
  if (isProduct(g)) {
    // Evaluations are made in float32: they have no statistics.
    const halves = statistics === null ? null : places.halves(call.weight);
    if (halves === null) return forwardDispatch(g, own, tiles.product('forward', g, places.replicas));
    const tile = tiles.product('forward in halves', g, places.replicas);
    return forwardDispatch(g, { ...own, bounds: { a: halves.view, b: halves.weight } }, tile);
  }
  return isThin(g, own) ? thinForwardDispatch(g, own) : null;
}

function fastDataGradient<Ref>(call: ConvolutionInputGradientCall, places: Places<Ref>, tiles: TileChoice) {
  const { geometry: g } = call;
  const own = gradientPlaces(call, places);
  if (!isProduct(g)) return null;
  const halves = places.halves(call.weight);
  if (halves === null)
    return dataGradientDispatch(g, own, tiles.product('data gradient', g, places.replicas));
  const tile = tiles.product('data gradient in halves', g, places.replicas);
  return dataGradientDispatch(g, { ...own, bounds: { a: halves.gradient, b: halves.weight } }, tile);
}

function fastGradients<Ref>(
  { geometry: g, weight }: ConvolutionWeightGradientCall,
  input: ConvolutionInputGradientCall,
  places: Places<Ref>,
  tiles: TileChoice,
  norm?: BatchNormGradientCall,
) {
  if (!isDepthwise3x3(g)) return null;
  const partials = places.partials(weight, depthwisePieces(g));
  const own = {
    ...gradientPlaces(input, places),
    partialStride: partials.stride,
    partialOffset: partials.offset,
    largest: places.sums(input.target.sums).largest?.offset,
    ...(norm === undefined ? {} : { finish: finishGradient(norm, places, partials) }),
  };
  const tile = tiles.depthwise(norm === undefined ? 'backward' : 'finishing backward', g, places.replicas);
  return { partials: partials.ref, dispatch: depthwiseBackwardDispatch(g, own, tile) };
}

/** What a kernel needs to finish the statistics of its input on its way. */
function finishStatistics<Ref>(
  { statistics, saved, gamma, beta, runningMean, runningVariance, epsilon, momentum }: BatchNormCall,
  places: Places<Ref>,
): FinishStatistics {
  return {
    finishSums: places.sums(statistics).offset,
    finishSaved: places.vector(saved),
    gamma: places.parameter(gamma),
    beta: places.parameter(beta),
    runningMean: places.statistic(runningMean),
    runningVariance: places.statistic(runningVariance),
    epsilon,
    momentum,
  };
}

/** What a kernel that writes partial sums to `beside` needs to finish a batch-norm's gradient on its way. */
function finishGradient<Ref>(
  { sums, saved, gamma, beta }: BatchNormGradientCall,
  places: Places<Ref>,
  beside: Partials<Ref>,
): FinishGradient {
  const [ofGamma, ofBeta] = [gamma, beta].map((parameter) => places.partials(parameter, 1));
  if (ofGamma.ref !== beside.ref || ofBeta.ref !== beside.ref) {
    throw new Error('partial sums that one dispatch writes lie in two buffers');
  }
  return {
    finishSums: places.sums(sums).offset,
    finishSaved: places.vector(saved),
    gamma: places.parameter(gamma),
    gammaPartials: ofGamma.offset,
    betaPartials: ofBeta.offset,
  };
}

const canFinish = ({ geometry: g }: ConvolutionWeightGradientCall): boolean => isProduct(g) && isInQuads(g);

function fastWeightGradient<Ref>(
  call: ConvolutionWeightGradientCall,
  places: Places<Ref>,
  tiles: TileChoice,
  norm?: BatchNormGradientCall,
) {
  const { geometry: g, gradient, input } = call;
  const own = {
    ...common(places),
    weightOffset: 0,
    inputAffine: places.vector(input.affine),
    coefficients: places.vector(gradient.coefficients),
    slot: places.code(input.slot),
    sums: none,
  };
  const place = (pieces: number) => {
    const partials = places.partials(call.weight, pieces);
    const finish = norm === undefined ? {} : { finish: finishGradient(norm, places, partials) };
    const { ref, offset, stride } = partials;
    return { partials: ref, own: { ...own, ...finish, partialStride: stride, partialOffset: offset } };
  };
  if (isProduct(g)) {
    const { partials, own: placed } = place(weightPieces(g));
    const halves = places.halves(call.weight);
    if (halves !== null) {
      const tile = tiles.product('weight gradient in halves', g, places.replicas);
      const bounds = { a: halves.gradient, b: halves.view };
      return { partials, dispatch: weightGradientDispatch(g, { ...placed, bounds }, tile) };
    }
    const part = norm === undefined ? 'weight gradient' : 'finishing weight gradient';
    const tile = tiles.product(part, g, places.replicas);
    return { partials, dispatch: weightGradientDispatch(g, placed, tile) };
  }
  if (!isThin(g, own)) return null;
  const { partials, own: placed } = place(thinPieces(g));
  return { partials, dispatch: thinWeightDispatch(g, placed) };
}

function gradientPlaces<Ref>(
  { weight, gradient, target }: Pick<ConvolutionInputGradientCall, 'weight' | 'gradient' | 'target'>,
  places: Places<Ref>,
) {
  return {
    ...common(places),
    weightOffset: places.parameter(weight),
    coefficients: places.vector(gradient.coefficients),
    targetAffine: places.vector(target.view.affine),
    saved: places.vector(target.saved),
    slot: places.code(target.view.slot),
    sums: places.sums(target.sums).offset,
  };
}

function common<Ref>({ replicas, parameterStride, vectorStride }: Places<Ref>) {
  return { replicas, parameterStride, vectorStride };
}

function gradientArrays<Ref>({ gradient, target }: ConvolutionInputGradientCall, places: Places<Ref>) {
  return {
    dz: places.buffer(gradient.dz),
    raw: gradient.coefficients === null ? places.dummyRead : places.buffer(gradient.raw),
    vectors: places.vectors,
    parameters: places.parameters,
    output: places.buffer(target.dz),
  };
}

/**
 * The one buffer in which a kernel writes its own sums and reads those that it finishes: where either is wanted only, that
 * one's. Sums of many pieces, or of a bias, lie elsewhere than a batch-norm's few: such a kernel cannot finish.
 * @param own null: it writes none
 * @param finished undefined: it finishes none
 */
function sharedSums<Ref>(own: BufferId | null, finished: BufferId | undefined, places: Places<Ref>) {
  const { ref } = places.sums(own ?? finished ?? null);
  return { ref, areOne: finished === undefined || places.sums(finished).ref === ref };
}

function bound<Ref, Name extends string>(
  { kernel, bindings, uniforms, groups }: PlannedDispatch<Name>,
  arrays: { readonly [N in Name]: Ref },
): Dispatch<Ref> {
  return { kernel, bindings: bindings.map((name) => arrays[name]), uniforms, groups };
}

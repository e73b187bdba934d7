/** Which kernels do which calls of a Program. */
import type { Program } from '../../compile/program.js';
import type { HalfProduct } from './bounds.js';
import type { ConvolutionKernels } from './families.js';
import type { Dispatch } from './kernel.js';
import { bounds } from './kernels/bounds.js';
import { gather } from './kernels/gather.js';
import { softmaxCrossEntropy } from './kernels/loss.js';
import { maxPool, maxPoolGradient } from './kernels/maxPool.js';
import { affine, batchNorm, batchNormGradient, biasGradient } from './kernels/norm.js';
import { type BlockRun, update } from './kernels/update.js';
import type { Places } from './places.js';
import type { NamedResources, Resource } from './resources.js';
import type { ResultLayout } from './results.js';
import type { StepLayout } from './stepData.js';
import type { CallGroup } from './units.js';

/** Everything that dispatches are made from. */
export interface DispatchContext {
  readonly places: Places<Resource>;
  readonly named: NamedResources;
  readonly step: StepLayout;
  readonly results: ResultLayout;
  readonly partImages: number;
  readonly runs: readonly BlockRun<Resource>[];
  readonly convolutions: ConvolutionKernels;
  readonly program: Program;
  /** What is made in halves in training. */
  readonly halves: readonly HalfProduct[];
}

/** The dispatches that do a group of calls. */
export function dispatchesOf(group: CallGroup, context: DispatchContext): Dispatch<Resource>[] {
  const { places, named } = context;
  if (group.length > 1) return joined(group, context);
  const [call] = group;
  switch (call.kernel) {
    case 'gather': {
      const { height, width, channels } = context.program.network.input;
      const own = { ...named, layout: context.step, partImages: context.partImages };
      const images = gather(call, { height, width, channels }, places, own);
      // Weights are those of the whole step: their bounds are found at its beginning.
      const isTraining = context.program.train.includes(call);
      return isTraining && context.halves.length > 0 ? [images, bounds(context.halves, places)] : [images];
    }
    case 'convolution':
    case 'averagePool':
      return context.convolutions.forward(call, places);
    case 'convolutionInputGradient':
    case 'averagePoolGradient':
      return context.convolutions.inputGradient(call, places);
    case 'maxPool':
      return [maxPool(call, places)];
    case 'maxPoolGradient':
      return [maxPoolGradient(call, places)];
    case 'convolutionWeightGradient':
      return context.convolutions.weightGradient(call, places);
    case 'batchNorm':
      return [batchNorm(call, places)];
    case 'batchNormEvaluate':
    case 'bias':
      return [affine(call, places)];
    case 'softmaxCrossEntropy': {
      const own = {
        step: named.step,
        results: named.results,
        layout: context.step,
        resultLayout: context.results,
      };
      return [softmaxCrossEntropy(call, places, own)];
    }
    case 'batchNormGradient':
      return [batchNormGradient(call, places)];
    case 'biasGradient':
      return [biasGradient(call, places, null)];
    case 'columnSums':
      throw new Error('columnSums stands for its bias gradient');
    case 'update':
      return context.runs.map((run) => update(run, places, { ...named, layout: context.step }));
    default:
      return call satisfies never;
  }
}

/** Groups of more than one call: see groupCalls. */
function joined(group: CallGroup, { places, convolutions }: DispatchContext): Dispatch<Resource>[] {
  const [first, second] = group;
  if (first.kernel === 'columnSums' && second.kernel === 'biasGradient') {
    return [biasGradient(second, places, places.buffer(first.dz))];
  }
  if (first.kernel === 'batchNorm' && second.kernel === 'convolution') {
    return convolutions.forward(second, places, first);
  }
  const norm = first.kernel === 'batchNormGradient' ? first : undefined;
  const [weight, input] = norm === undefined ? group : group.slice(1);
  if (weight.kernel === 'convolutionWeightGradient') {
    if (input === undefined) return convolutions.weightGradient(weight, places, norm);
    if (input.kernel === 'convolutionInputGradient') {
      return convolutions.gradients(weight, input, places, norm);
    }
  }
  throw new Error(`no dispatch does ${group.map(({ kernel }) => kernel).join(' and ')}`);
}

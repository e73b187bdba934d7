/** Which buffers a kernel call reads and writes: the memory plan's and the checks' only knowledge of the calls. */
import type { BufferId, GradientTarget, GradientView, InputView, KernelCall } from './program.js';

export interface BufferUse {
  readonly reads: readonly BufferId[];
  readonly writes: readonly BufferId[];
}

/** Buffers of one call; parameters, their gradients and running statistics are no buffers. */
export function buffersOf(call: KernelCall): BufferUse {
  switch (call.kernel) {
    case 'gather':
      return use([], [call.output]);
    case 'batchNorm':
      return use([call.statistics], [call.affine, call.saved]);
    case 'batchNormEvaluate':
    case 'bias':
      return use([], [call.affine]);
    case 'softmaxCrossEntropy':
      return use(input(call.input), [call.logits, call.losses, call.predicted, call.gradient]);
    case 'batchNormGradient':
      return use([call.sums, call.saved], [call.coefficients]);
    case 'biasGradient':
      return use([call.sums], []);
    case 'columnSums':
      return use([call.dz], [call.sums]);
    case 'update':
      return use([], []);
    default:
      return operationUse(call);
  }
}

/** What an operation's call reads and writes, forward or back, its fields say. */
type OperationCall = Extract<KernelCall, { input: InputView; output: BufferId } | { gradient: GradientView }>;

function operationUse(call: OperationCall): BufferUse {
  const reads = [
    ...('input' in call ? input(call.input) : []),
    ...('gradient' in call ? gradient(call.gradient) : []),
  ];
  if ('target' in call) return targeted(reads, call.target);
  if ('output' in call) return use(reads, [call.output, 'statistics' in call ? call.statistics : null]);
  return use(reads, []);
}

type Ids = readonly (BufferId | null)[];

function use(reads: Ids, writes: Ids): BufferUse {
  const given = (id: BufferId | null): id is BufferId => id !== null;
  return { reads: reads.filter(given), writes: writes.filter(given) };
}

function input(view: InputView): Ids {
  return [view.raw, view.affine];
}

/** Without coefficients the raw values have no part in it. */
function gradient(view: GradientView): Ids {
  return view.coefficients === null ? [view.dz] : [view.dz, view.raw, view.coefficients];
}

/** The raw values are needed for the activation's derivative and for the second sum. */
function targeted(reads: Ids, target: GradientTarget): BufferUse {
  const needsRaw = target.view.slot !== null || target.saved !== null;
  const again = needsRaw ? [target.view.raw, target.view.affine, target.saved] : [];
  return use([...reads, ...again], [target.dz, target.sums]);
}

/** The backward pass: the rules of normalizations, in one table, and the chain of stages. The operations' are in operations.ts. */
import type { BufferTable } from './buffers.js';
import { type NameIndex, pieces, type StageForward } from './forward.js';
import { backwardCallsOf } from './operations.js';
import type { BufferId, GradientTarget, GradientView, KernelCall } from './program.js';
import type { Normalization } from './stages.js';

interface NormalizationContext<N extends Normalization> {
  readonly forward: StageForward;
  readonly normalization: N;
  readonly index: NameIndex;
  /** Gradient by z = scale * raw + shift. */
  readonly dz: BufferId;
  /** [pieces, 2, C]: sums of dz and dz * (raw - mean). */
  readonly sums: BufferId | null;
  readonly buffers: BufferTable;
}

interface NormalizationGradient {
  readonly calls: readonly KernelCall[];
  /** How the operation's gradient kernels see the gradient by its raw output. */
  readonly gradient: GradientView;
}

/** z = scale * raw + shift: gradients of what made scale and shift, and the view of the gradient by raw. */
const normalizationRules: {
  readonly [T in Normalization['type']]: (
    context: NormalizationContext<Extract<Normalization, { type: T }>>,
  ) => NormalizationGradient;
} = {
  none: ({ forward, dz }) => ({
    calls: [],
    gradient: { dz, raw: forward.output.raw, coefficients: null },
  }),

  bias: ({ forward, normalization, index, dz, sums }) => {
    const { rows, channels } = forward.stage;
    const bias = index.parameter(normalization.bias);
    return {
      calls: [{ kernel: 'biasGradient', rows, channels, sums: required(sums), bias }],
      gradient: { dz, raw: forward.output.raw, coefficients: null },
    };
  },

  batchNorm: ({ forward, normalization, index, dz, sums, buffers }) => {
    const { name, rows, channels } = forward.stage;
    const coefficients = buffers.step(`${name}.coefficients`, 3 * channels);
    return {
      calls: [
        {
          kernel: 'batchNormGradient',
          rows,
          channels,
          sums: required(sums),
          saved: required(forward.saved),
          gamma: index.parameter(`${normalization.name}.weight`),
          beta: index.parameter(`${normalization.name}.bias`),
          coefficients,
        },
      ],
      gradient: { dz, raw: forward.output.raw, coefficients },
    };
  },
};

/** The whole backward pass, from the gradient by the logits to the first stage that is trained. */
export function backwardCalls(
  stages: readonly StageForward[],
  dLogits: BufferId,
  index: NameIndex,
  buffers: BufferTable,
): KernelCall[] {
  const last = stages[stages.length - 1];
  const calls: KernelCall[] = [];
  let dz = dLogits;
  let sums: BufferId | null = null;
  if (last.stage.normalization.type !== 'none') {
    const { name, rows, channels } = last.stage;
    sums = buffers.step(`${name}.sums`, pieces(rows) * 2 * channels);
    calls.push({ kernel: 'columnSums', rows, channels, dz, sums });
  }
  const firstTrained = stages.findIndex(({ stage }) => stage.operation.type === 'convolution');
  for (let i = stages.length - 1; i >= firstTrained; i--) {
    const forward = stages[i];
    const normalized = normalizationGradient({ forward, index, dz, sums, buffers });
    const target = i > firstTrained ? targetOf(stages[i - 1], buffers) : null;
    const { gradient } = normalized;
    const context = { input: forward.input, gradient, target, parameter: index.parameter };
    for (const call of normalized.calls) calls.push(call);
    for (const call of backwardCallsOf(forward.stage.operation, context)) calls.push(call);
    if (target !== null) ({ dz, sums } = target);
  }
  return calls;
}

/** Where the gradient by a stage's output goes. */
function targetOf(forward: StageForward, buffers: BufferTable): GradientTarget {
  const { name, rows, channels, normalization } = forward.stage;
  const dz = buffers.step(`${name}.dz`, rows * channels);
  const sums =
    normalization.type === 'none' ? null : buffers.step(`${name}.sums`, pieces(rows) * 2 * channels);
  return { view: forward.output, dz, sums, saved: forward.saved };
}

function normalizationGradient(
  context: Omit<NormalizationContext<Normalization>, 'normalization'>,
): NormalizationGradient {
  const { normalization } = context.forward.stage;
  switch (normalization.type) {
    case 'none':
      return normalizationRules.none({ ...context, normalization });
    case 'bias':
      return normalizationRules.bias({ ...context, normalization });
    case 'batchNorm':
      return normalizationRules.batchNorm({ ...context, normalization });
    default:
      return normalization satisfies never;
  }
}

function required(id: BufferId | null): BufferId {
  if (id === null) throw new Error('a stage with normalization lacks its sums');
  return id;
}

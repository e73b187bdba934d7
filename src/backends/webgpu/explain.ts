/** What a step of a planned Program costs, counted from its calls: for `bench step --explain`. Nothing is measured. */
import { flopsOf } from '../../compile/flops.js';
import type { KernelCall } from '../../compile/program.js';
import { buffersOf } from '../../compile/uses.js';
import type { Unit, WebgpuPlan } from './plan.js';

export interface StepCost {
  readonly dispatches: number;
  readonly pipelines: number;
  /** Multiplications and additions of the convolutions and linear layers, all replicas. */
  readonly flops: number;
  /** Bytes that the calls read and write, each tensor once for calls that are done together, all replicas. */
  readonly bytes: number;
  /** By kind of call, the most bytes first. */
  readonly kinds: readonly KindCost[];
}

export interface KindCost {
  readonly kind: KernelCall['kernel'];
  readonly dispatches: number;
  readonly flops: number;
  readonly bytes: number;
}

export function explainStep(plan: WebgpuPlan, list: 'train' | 'evaluate'): StepCost {
  const kinds = new Map<KernelCall['kernel'], KindCost>();
  for (const unit of plan[list]) {
    const kind = unit.calls[unit.calls.length - 1].kernel;
    const known = kinds.get(kind) ?? { kind, dispatches: 0, flops: 0, bytes: 0 };
    kinds.set(kind, {
      kind,
      dispatches: known.dispatches + unit.dispatches.length,
      flops: known.flops + unit.calls.reduce((sum, call) => sum + flopsOf(call), 0) * plan.program.replicas,
      bytes: known.bytes + unitBytes(unit, plan),
    });
  }
  const all = [...kinds.values()].sort((a, b) => b.bytes - a.bytes);
  const sum = (of: (cost: KindCost) => number) => all.reduce((total, cost) => total + of(cost), 0);
  const keys = plan[list].flatMap(({ dispatches }) => dispatches.map(({ kernel }) => kernel.key));
  return {
    dispatches: sum(({ dispatches }) => dispatches),
    pipelines: new Set(keys).size,
    flops: sum(({ flops }) => flops),
    bytes: sum(({ bytes }) => bytes),
    kinds: all,
  };
}

function unitBytes({ calls }: Unit, plan: WebgpuPlan): number {
  const { program } = plan;
  const buffers = new Set(calls.flatMap((call) => Object.values(buffersOf(call)).flat()));
  const elements = [...buffers].reduce((sum, id) => sum + program.buffers[id].elements, 0);
  const others = calls.reduce((sum, call) => sum + otherElements(call, plan), 0);
  return 4 * (elements + others) * program.replicas;
}

/** Weights, partial sums of gradients, the optimizer's state, the images' bytes. */
function otherElements(call: KernelCall, { program, partials }: WebgpuPlan): number {
  switch (call.kernel) {
    case 'gather':
      return program.buffers[call.output].elements / 4;
    case 'convolution':
    case 'convolutionInputGradient':
      return program.parameters[call.weight].elements;
    case 'convolutionWeightGradient': {
      const { offset } = program.parameters[call.weight];
      const tensor = partials.tensors().find(({ parameter }) => parameter === offset);
      return tensor === undefined ? 0 : tensor.pieces * tensor.elements;
    }
    case 'update':
      // Partial sums are read; parameters and the first moments are read and written.
      return partials.rooms.reduce((sum, { stride }) => sum + stride, 0) + 4 * program.parameterElements;
    default:
      return 0;
  }
}

/** Calls that are dispatched together, and how long buffers live then. */
import type { Life } from '../../compile/memory.js';
import type { KernelCall } from '../../compile/program.js';
import { buffersOf } from '../../compile/uses.js';
import { areFinishedByReader } from './sums.js';

/** Calls that one or a few dispatches do. */
export type CallGroup = readonly KernelCall[];

/** Calls that belong together follow one another in the Program. */
export function groupCalls(calls: readonly KernelCall[]): CallGroup[] {
  const groups: KernelCall[][] = [];
  for (const call of calls) {
    const before = groups.at(-1);
    const last = before?.at(-1);
    if (before !== undefined && last !== undefined && joins(last, call)) before.push(call);
    else groups.push([call]);
  }
  return groups;
}

/**
 * Sums of columns and the bias gradient that they are for; both gradients of a depthwise convolution; and a batch-norm of few
 * pieces with the kernel that needs it next.
 */
function joins(last: KernelCall, call: KernelCall): boolean {
  switch (call.kernel) {
    case 'biasGradient':
      return last.kernel === 'columnSums' && last.sums === call.sums;
    case 'convolutionInputGradient':
      return (
        call.geometry.depthwise && last.kernel === 'convolutionWeightGradient' && last.weight === call.weight
      );
    case 'convolutionWeightGradient':
      return (
        last.kernel === 'batchNormGradient' &&
        last.coefficients === call.gradient.coefficients &&
        areFinishedByReader(last.rows)
      );
    case 'convolution':
      return (
        call.geometry.depthwise &&
        last.kernel === 'batchNorm' &&
        last.affine === call.input.affine &&
        areFinishedByReader(last.rows)
      );
    default:
      return false;
  }
}

/** First and last group of each buffer, in lists that never run at the same time. */
export function livesOfGroups(lists: readonly (readonly CallGroup[])[], buffers: number): Life[][] {
  const lives: Life[][] = Array.from({ length: buffers }, () => []);
  let position = 0;
  for (const groups of lists) {
    const start = position;
    for (const group of groups) {
      for (const id of group.flatMap((call) => usedBy(call))) {
        const life = lives[id].at(-1);
        if (life === undefined || life.first < start) lives[id].push({ first: position, last: position });
        else lives[id][lives[id].length - 1] = { ...life, last: position };
      }
      position++;
    }
  }
  return lives;
}

function usedBy(call: KernelCall): number[] {
  const { reads, writes } = buffersOf(call);
  return [...reads, ...writes];
}

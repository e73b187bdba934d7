/** Calls that are dispatched together, and how long buffers live then. */
import type { Life } from '../../compile/memory.js';
import type { KernelCall } from '../../compile/program.js';
import { buffersOf } from '../../compile/uses.js';

/** Calls that one or a few dispatches do. */
export type CallGroup = readonly KernelCall[];

/** Sums of columns and the bias gradient that they are for are one dispatch over the rows. */
export function groupCalls(calls: readonly KernelCall[]): CallGroup[] {
  const groups: KernelCall[][] = [];
  for (const call of calls) {
    const before = groups.at(-1);
    const last = before?.at(-1);
    const joins = call.kernel === 'biasGradient' && last?.kernel === 'columnSums' && last.sums === call.sums;
    if (joins && before !== undefined) before.push(call);
    else groups.push([call]);
  }
  return groups;
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

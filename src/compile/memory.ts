/** Memory planning: buffers that do not live at the same time share memory. */
import type { KernelCall } from './program.js';
import { buffersOf } from './uses.js';

/** Offsets are multiples of this many elements (256 bytes in float32): cache lines and vectors never straddle. */
const alignment = 64;

/** First and last call, inclusive, in which a buffer is in use. */
export interface Life {
  readonly first: number;
  readonly last: number;
}

export interface Placement {
  /** One offset per buffer, in elements. */
  readonly offsets: readonly number[];
  /** Elements of the whole arena. */
  readonly size: number;
}

/**
 * Lives of the buffers in lists of calls that never run at the same time; each list's calls are numbered on from the
 * one before, so that a buffer has one life per list that uses it. Both gradients of a convolution have one number: a backend
 * may make them together.
 * @throws an error where a call reads a buffer that nothing has written: a bug of the compiler
 */
export function livesOf(lists: readonly (readonly KernelCall[])[], buffers: number): Life[][] {
  const lives: Life[][] = Array.from({ length: buffers }, () => []);
  let position = 0;
  for (const calls of lists) {
    const start = position;
    for (const [i, call] of calls.entries()) {
      const { reads, writes } = buffersOf(call);
      for (const id of reads) {
        const life = lives[id].at(-1);
        if (life === undefined || life.first < start) {
          throw new Error(`${call.kernel} reads buffer ${id}, which nothing has written`);
        }
        lives[id][lives[id].length - 1] = { ...life, last: position };
      }
      for (const id of writes) {
        const life = lives[id].at(-1);
        if (life === undefined || life.first < start) lives[id].push({ first: position, last: position });
        else lives[id][lives[id].length - 1] = { ...life, last: position };
      }
      if (!areBothGradients(call, calls[i + 1])) position++;
    }
  }
  return lives;
}

/** Whether two calls that follow one another are the gradients of one convolution, by its weights and by its input. */
export function areBothGradients(call: KernelCall, next: KernelCall | undefined): boolean {
  return (
    call.kernel === 'convolutionWeightGradient' &&
    next?.kernel === 'convolutionInputGradient' &&
    next.weight === call.weight
  );
}

/**
 * First fit, largest buffer first: each buffer gets the lowest offset at which nothing lies that lives with it.
 * @param sizes elements of each buffer; 0 takes no room
 */
export function placeFirstFit(sizes: readonly number[], lives: readonly (readonly Life[])[]): Placement {
  const offsets = sizes.map(() => 0);
  const placed: number[] = [];
  const order = sizes.map((_, id) => id).sort((a, b) => sizes[b] - sizes[a] || a - b);
  let size = 0;
  for (const id of order) {
    if (sizes[id] === 0 || lives[id].length === 0) continue;
    const neighbours = placed
      .filter((other) => overlap(lives[id], lives[other]))
      .sort((a, b) => offsets[a] - offsets[b]);
    let offset = 0;
    for (const other of neighbours) {
      if (offset + sizes[id] <= offsets[other]) break;
      offset = Math.max(offset, align(offsets[other] + sizes[other]));
    }
    offsets[id] = offset;
    placed.push(id);
    size = Math.max(size, offset + sizes[id]);
  }
  return { offsets, size: align(size) };
}

/** Whether two buffers are ever in use at the same time. */
export function overlap(a: readonly Life[], b: readonly Life[]): boolean {
  return a.some((x) => b.some((y) => x.first <= y.last && y.first <= x.last));
}

/** One after another, for buffers that all live always. */
export function placeInRow(sizes: readonly number[]): Placement {
  let size = 0;
  const offsets = sizes.map((elements) => {
    const offset = size;
    size = align(size + elements);
    return offset;
  });
  return { offsets, size };
}

function align(elements: number): number {
  return Math.ceil(elements / alignment) * alignment;
}

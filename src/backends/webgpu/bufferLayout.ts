/** Where the Program's buffers lie on the device: small vectors together, few sums together, the others in planned slots. */
import { placeFirstFit } from '../../compile/memory.js';
import type { BufferId, KernelCall, Program } from '../../compile/program.js';
import { type HalfProducts, halfProducts, noHalves } from './bounds.js';
import { codeStride } from './places.js';
import type { Resource } from './resources.js';
import { planSlots } from './slots.js';
import { areShared } from './sums.js';
import { type CallGroup, livesOfGroups } from './units.js';

/** Element i of replica r is at offset + r * (elements of the buffer) + i. */
export interface BufferPlace {
  readonly resource: Resource;
  readonly offset: number;
}

/** Adds a buffer of so many 32-bit words to the plan. */
export type AddResource = (name: string, words: number) => Resource;

export interface CallGroups {
  readonly train: readonly CallGroup[];
  readonly evaluate: readonly CallGroup[];
}

export interface VectorLayout {
  /** Elements of a replica. */
  readonly stride: number;
  /** Where its running statistics begin. */
  readonly statistics: number;
  /** By buffer; -1: no vector. */
  readonly offsets: readonly number[];
  /** What is made in halves, with its bounds. */
  readonly halves: HalfProducts;
}

/**
 * A replica's codes, small vectors, bounds and running statistics, one after another.
 * @param inHalves whether products are made in halves where they can be
 */
export function vectorLayout(program: Program, inHalves: boolean): VectorLayout {
  const isVector = program.buffers.map(() => false);
  for (const call of [...program.train, ...program.evaluate]) {
    for (const id of vectorsOf(call)) isVector[id] = true;
  }
  let next = codeStride * program.network.activationSlots.length;
  const offsets = program.buffers.map(({ elements }, id) => {
    if (!isVector[id]) return -1;
    const at = next;
    // Vectors of four begin on their borders.
    next += Math.ceil(elements / 4) * 4;
    return at;
  });
  const halves = inHalves ? halfProducts(program, next) : noHalves;
  next += halves.elements;
  const stride = Math.ceil((next + program.statisticElements) / 4) * 4;
  return { stride: Math.max(4, stride), offsets, statistics: next, halves };
}

function vectorsOf(call: KernelCall): BufferId[] {
  switch (call.kernel) {
    case 'batchNorm':
      return [call.affine, call.saved];
    case 'batchNormEvaluate':
    case 'bias':
      return [call.affine];
    case 'batchNormGradient':
      return [call.coefficients];
    default:
      return [];
  }
}

/** Places of the buffers that are no vectors and no outputs; null: the others. */
export function placeBuffers(
  program: Program,
  groups: CallGroups,
  { offsets: vectorOffsets, halves }: VectorLayout,
  add: AddResource,
): (BufferPlace | null)[] {
  const { replicas } = program;
  const lives = livesOfGroups([groups.train, groups.evaluate], program.buffers.length);
  const shared = sharedSums(program);
  const isPlaced = ({ lifetime }: Program['buffers'][number], id: BufferId) =>
    lifetime === 'step' && vectorOffsets[id] < 0;
  // Beside sums [pieces, 2, channels] lie the largest of each channel in at most as many slots as there are pieces.
  const room = (elements: number, id: BufferId) => (halves.bySums.has(id) ? 1.5 * elements : elements);
  const sizes = (isShared: boolean) =>
    program.buffers.map((buffer, id) =>
      isPlaced(buffer, id) && shared.has(id) === isShared ? room(buffer.elements, id) : 0,
    );
  const few = placeFirstFit(
    sizes(true).map((elements) => replicas * elements),
    lives,
  );
  const fewResource = add('few sums', Math.max(4, few.size));
  const { slotOf, sizes: slotSizes } = planSlots(sizes(false), lives);
  const slots = slotSizes.map((size, i) => add(`step ${i}`, Math.max(4, replicas * size)));
  return slotOf.map((slot, id) => {
    if (slot >= 0) return { resource: slots[slot], offset: 0 };
    const isHere = shared.has(id) && lives[id].length > 0;
    return isHere ? { resource: fewResource, offset: few.offsets[id] } : null;
  });
}

/** Statistics and sums of few pieces. */
function sharedSums(program: Program): Set<BufferId> {
  const shared = new Set<BufferId>();
  for (const call of program.train) {
    if (call.kernel === 'batchNorm' && areShared(call.rows)) shared.add(call.statistics);
    if (call.kernel === 'batchNormGradient' && areShared(call.rows)) shared.add(call.sums);
  }
  return shared;
}

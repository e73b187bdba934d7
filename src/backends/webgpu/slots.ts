/** The step's buffers in as few GPU buffers as possible: WebGPU tracks usage by whole buffer, so there is no arena. */
import { type Life, overlap } from '../../compile/memory.js';

export interface SlotPlan {
  /** The slot of each buffer; -1 where it takes no room. */
  readonly slotOf: readonly number[];
  /** Elements of each slot, per replica. */
  readonly sizes: readonly number[];
}

/** Largest buffer first, each into the first slot in which nothing lies that lives with it. */
export function planSlots(elements: readonly number[], lives: readonly (readonly Life[])[]): SlotPlan {
  const slotOf = elements.map(() => -1);
  const sizes: number[] = [];
  const members: number[][] = [];
  const order = elements.map((_, id) => id).sort((a, b) => elements[b] - elements[a] || a - b);
  for (const id of order) {
    if (elements[id] === 0 || lives[id].length === 0) continue;
    let slot = members.findIndex((others) => others.every((other) => !overlap(lives[id], lives[other])));
    if (slot < 0) slot = sizes.push(elements[id]) - 1;
    members[slot] = [...(members[slot] ?? []), id];
    slotOf[id] = slot;
  }
  return { slotOf, sizes };
}

/** The buffers of a Program while it is being written; offsets come from the memory plan at the end. */
import type { BufferId, BufferSpec } from './program.js';

export type BufferDraft = Omit<BufferSpec, 'offset'>;

export class BufferTable {
  readonly drafts: BufferDraft[] = [];

  /** A buffer of this step alone: its memory is shared. */
  step(name: string, elements: number): BufferId {
    return this.#add({ name, elements, type: 'real', lifetime: 'step' });
  }

  /** A buffer that is still there when the step is over. */
  persistent(name: string, elements: number, type: BufferSpec['type'] = 'real'): BufferId {
    return this.#add({ name, elements, type, lifetime: 'persistent' });
  }

  #add(draft: BufferDraft): BufferId {
    return this.drafts.push(draft) - 1;
  }
}

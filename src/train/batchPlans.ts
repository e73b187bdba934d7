/** Plans of training batches: replicas that see the same images share one plan, so that a backend gathers them once. */
import type { ReplicaPlan } from '../compile/step.js';
import {
  type Augmentation,
  type BatchArrays,
  createBatchArrays,
  epochOrder,
  planTrainBatch,
} from '../data/batches.js';

/** What decides which images a replica sees in an epoch, and how. */
export interface EpochDraws {
  readonly train: Int32Array;
  readonly seed: number;
  readonly epoch: number;
  readonly shuffle: boolean;
  readonly augment: readonly Augmentation[];
}

interface Shared {
  readonly draws: EpochDraws;
  readonly order: Int32Array;
  readonly room: BatchArrays;
}

export class BatchPlans {
  readonly #batch: number;
  readonly #rooms: BatchArrays[] = [];
  #shared: Shared[] = [];
  #plans: ReplicaPlan[] = [];

  constructor(batch: number) {
    this.#batch = batch;
  }

  /** Begins an epoch; one entry per replica of the Program. */
  begin(replicas: readonly EpochDraws[]): void {
    this.#shared = [];
    this.#plans = replicas.map((draws) => this.#share(draws).room);
  }

  /** The plans of a step (from 0) of the epoch; valid until the next call. */
  at(step: number): readonly ReplicaPlan[] {
    for (const { draws, order, room } of this.#shared) planTrainBatch(room, order, step, draws);
    return this.#plans;
  }

  #share(draws: EpochDraws): Shared {
    const { train, seed, epoch, shuffle } = draws;
    const same = this.#shared.find(
      ({ draws: one }) => one.train === train && one.seed === seed && one.epoch === epoch,
    );
    if (same !== undefined) return same;
    const place = this.#shared.length;
    this.#rooms[place] ??= createBatchArrays(this.#batch);
    const made = { draws, order: epochOrder(train, seed, epoch, shuffle), room: this.#rooms[place] };
    this.#shared.push(made);
    return made;
  }
}

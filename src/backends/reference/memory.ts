/** What the reference kernels work on: the Program's arenas, and one replica's tensors. */

import type { BufferId, Program } from '../../compile/program.js';
import type { PixelSource, ReplicaPlan, StepHyper } from '../../compile/step.js';
import type { ActivationName } from '../../nn/network.js';
import { mostSlots } from '../../optim/optimizer.js';
import { type Activation, activations } from './activations.js';

export type Precision = 'float32' | 'float64';
/** Everything that is stored is rounded to the Program's precision; sums are made in float64. */
export type Real = Float32Array | Float64Array;

function newReal(precision: Precision, elements: number): Real {
  return precision === 'float32' ? new Float32Array(elements) : new Float64Array(elements);
}

/** One replica's tensors, each kind in one flat array at the Program's offsets. */
export class ReplicaTensors {
  readonly parameters: Real;
  readonly gradients: Real;
  readonly statistics: Real;
  /** The optimizer's slots (optim/optimizer.ts): SGD's velocity, or Adam's two moments. */
  readonly moments: readonly Real[];
  readonly persistent: Real;
  /** Updates made so far. */
  steps = 0;

  constructor(program: Program, precision: Precision) {
    this.parameters = newReal(precision, program.parameterElements);
    this.gradients = newReal(precision, program.parameterElements);
    this.statistics = newReal(precision, program.statisticElements);
    const slots = Array.from({ length: mostSlots });
    this.moments = slots.map(() => newReal(precision, program.parameterElements));
    this.persistent = newReal(precision, program.arena.persistent);
  }
}

/** Bytes of the arenas and of the replicas' tensors. */
export function referenceBytes(program: Program, precision: Precision): number {
  const { arena, parameterElements, statisticElements, replicas } = program;
  const perReplica = (2 + mostSlots) * parameterElements + statisticElements + arena.persistent;
  const integers = 4 * arena.persistent;
  return (precision === 'float32' ? 4 : 8) * (arena.step + replicas * perReplica) + integers;
}

/** What the calls of one step are about, for one replica. */
export interface StepInput {
  readonly source: PixelSource;
  readonly plan: ReplicaPlan;
  /** Examples of the batch that count; the others are masked. */
  readonly count: number;
  readonly activations: readonly ActivationName[];
  /** `null` in evaluation. */
  readonly hyper: StepHyper | null;
}

/** A kernel's view of the world: buffers by id, tensors by index, for the replica that is bound. */
export class ReferenceMemory {
  readonly program: Program;
  readonly precision: Precision;
  readonly #step: Real;
  readonly #integers: Int32Array;
  readonly #scratch: Real[] = [];
  #tensors: ReplicaTensors | null = null;
  #input: StepInput | null = null;

  constructor(program: Program, precision: Precision) {
    this.program = program;
    this.precision = precision;
    this.#step = newReal(precision, program.arena.step);
    this.#integers = new Int32Array(program.arena.persistent);
  }

  bind(tensors: ReplicaTensors, input: StepInput): void {
    this.#tensors = tensors;
    this.#input = input;
  }

  get tensors(): ReplicaTensors {
    if (this.#tensors === null) throw new Error('no replica is bound');
    return this.#tensors;
  }

  get input(): StepInput {
    if (this.#input === null) throw new Error('no batch is bound');
    return this.#input;
  }

  real(id: BufferId): Real {
    const { offset, elements, lifetime } = this.program.buffers[id];
    const arena = lifetime === 'step' ? this.#step : this.tensors.persistent;
    return arena.subarray(offset, offset + elements);
  }

  integers(id: BufferId): Int32Array {
    const { offset, elements } = this.program.buffers[id];
    return this.#integers.subarray(offset, offset + elements);
  }

  parameter(index: number): Real {
    return slice(this.tensors.parameters, this.program.parameters[index]);
  }

  gradient(index: number): Real {
    return slice(this.tensors.gradients, this.program.parameters[index]);
  }

  statistic(index: number): Real {
    return slice(this.tensors.statistics, this.program.statistics[index]);
  }

  activation(slot: number | null): Activation {
    return activations[slot === null ? 'identity' : this.input.activations[slot]];
  }

  /** Working room that outlives no kernel; grows to the largest size asked for in the first step, then stays. */
  scratch(which: number, elements: number): Real {
    const present = this.#scratch[which];
    if (present === undefined || present.length < elements) {
      this.#scratch[which] = newReal(this.precision, elements);
    }
    return this.#scratch[which].subarray(0, elements);
  }
}

function slice(array: Real, spec: { readonly offset: number; readonly elements: number }): Real {
  return array.subarray(spec.offset, spec.offset + spec.elements);
}

/** State by name, shared by the backends: a backend gives and takes flat arrays, this knows the names in them. */
import { workError } from '../base/errors.js';
import type { Program } from '../compile/program.js';
import type { ReplicaState, StepHyper } from '../compile/step.js';
import { mostSlots, slotsFilled, slotsOf } from '../optim/optimizer.js';

export type Real = Float32Array | Float64Array;

/** A replica's flat arrays: those at the Program's offsets, and the optimizer's slots, laid out as the parameters. */
export type StateArray = 'parameters' | 'gradients' | 'statistics' | { readonly slot: number };

/** What a backend gives of one replica. */
export interface ReplicaArrays {
  /** All elements of the array: a view of live memory, or a copy that had to be fetched. Copied by whoever keeps it. */
  read(array: StateArray): Real | Promise<Real>;
  /** Takes all elements of the array. `values` is the backend's to keep. */
  write(array: StateArray, values: Float64Array | Float32Array): void | Promise<void>;
}

interface Spec {
  readonly name: string;
  readonly offset: number;
  readonly elements: number;
}

/** What is known of a replica beside its arrays. */
interface Known {
  /** Updates made so far. */
  steps: number;
  /** Slots that hold values. */
  slots: readonly string[];
}

/** The states of a Program's replicas. */
export class ReplicaStates {
  readonly #program: Program;
  readonly #arrays: readonly ReplicaArrays[];
  readonly #known: readonly Known[];

  constructor(program: Program, arrays: readonly ReplicaArrays[]) {
    this.#program = program;
    this.#arrays = arrays;
    this.#known = arrays.map(() => ({ steps: 0, slots: [] }));
  }

  /** Updates made so far: the first one is special (SGD's velocity), and Adam corrects its bias by their number. */
  steps(replica: number): number {
    return this.#known[replica].steps;
  }

  /** To be called once for every training step. */
  stepped(replica: number, hyper: StepHyper): void {
    const known = this.#known[replica];
    known.steps++;
    const filled = slotsFilled(hyper);
    if (filled.length > 0) known.slots = filled;
  }

  async read(replica: number): Promise<ReplicaState> {
    const { parameters, statistics } = this.#program;
    const { steps, slots } = this.#known[replica];
    const optimizer: [string, Real][] = [];
    for (const [slot, name] of slots.entries()) {
      const read = await this.#readNamed(replica, { slot }, parameters, `${name}.`);
      for (const one of read) optimizer.push(one);
    }
    return {
      parameters: new Map(await this.#readNamed(replica, 'parameters', parameters)),
      statistics: new Map(await this.#readNamed(replica, 'statistics', statistics)),
      optimizer: new Map(optimizer),
      steps,
    };
  }

  /**
   * Slots that the state does not fill become 0. Nothing is written where something does not fit.
   * @throws a work error where a tensor is missing or has another size
   */
  async write(replica: number, state: ReplicaState): Promise<void> {
    const { parameters, statistics, parameterElements, statisticElements } = this.#program;
    const slots = slotsOf(state.optimizer.keys());
    const written: [StateArray, Real][] = [
      ['parameters', flat(parameterElements, parameters, state.parameters)],
      ['statistics', flat(statisticElements, statistics, state.statistics)],
    ];
    for (let slot = 0; slot < mostSlots; slot++) {
      const values =
        slot < slots.length
          ? flat(parameterElements, parameters, state.optimizer, `${slots[slot]}.`)
          : new Float32Array(parameterElements);
      written.push([{ slot }, values]);
    }
    for (const [array, values] of written) await this.#arrays[replica].write(array, values);
    this.#known[replica].steps = state.steps;
    this.#known[replica].slots = slots;
  }

  /** Gradients of the last training step, by parameter. */
  async gradients(replica: number): Promise<Map<string, Real>> {
    return new Map(await this.#readNamed(replica, 'gradients', this.#program.parameters));
  }

  /** L2 norm of each parameter's gradient, summed in order in float64. */
  async gradientNorms(replica: number): Promise<Float64Array> {
    const values = await this.#arrays[replica].read('gradients');
    return Float64Array.from(this.#program.parameters, ({ offset, elements }) => {
      let sum = 0;
      for (let i = offset; i < offset + elements; i++) sum += values[i] ** 2;
      return Math.sqrt(sum);
    });
  }

  async #readNamed(
    replica: number,
    array: StateArray,
    specs: readonly Spec[],
    prefix = '',
  ): Promise<[string, Real][]> {
    const values = await this.#arrays[replica].read(array);
    return specs.map(({ name, offset, elements }) => [
      prefix + name,
      values.slice(offset, offset + elements),
    ]);
  }
}

/** Values by name in one flat array, in float64 where one of them is. */
function flat(
  elements: number,
  specs: readonly Spec[],
  values: ReadonlyMap<string, Real>,
  prefix = '',
): Real {
  const found = specs.map((spec) => fitting(spec, values.get(prefix + spec.name), prefix));
  const double = found.some((value) => value instanceof Float64Array);
  const array = double ? new Float64Array(elements) : new Float32Array(elements);
  specs.forEach(({ offset }, i) => {
    array.set(found[i], offset);
  });
  return array;
}

function fitting({ name, elements }: Spec, value: Real | undefined, prefix: string): Real {
  if (value?.length === elements) return value;
  throw workError({
    what: 'a state does not fit the network',
    where: prefix + name,
    rule: `${elements} values`,
    value: value === undefined ? 'not there' : `${value.length} values`,
  });
}

/** A replica's state by name, out of and into the kernels' memory. */
import { workError } from '../../base/errors.js';
import type { Program } from '../../compile/program.js';
import type { ReplicaState } from '../../compile/step.js';
import type { ReplicaAddresses } from './memory.js';

export interface StateMemory {
  readonly program: Program;
  readonly reals: Float32Array;
  readonly addresses: ReplicaAddresses;
}

interface Spec {
  readonly name: string;
  readonly offset: number;
  readonly elements: number;
}

function read(
  memory: StateMemory,
  address: number,
  specs: readonly Spec[],
  prefix = '',
): [string, Float32Array][] {
  return specs.map(({ name, offset, elements }) => {
    const at = address / 4 + offset;
    return [prefix + name, memory.reals.slice(at, at + elements)];
  });
}

function write(
  memory: StateMemory,
  address: number,
  specs: readonly Spec[],
  values: ReadonlyMap<string, Float32Array | Float64Array>,
  prefix = '',
): void {
  for (const { name, offset, elements } of specs) {
    const value = values.get(prefix + name);
    if (value?.length !== elements) {
      throw workError({
        what: 'the weights do not fit the network',
        where: prefix + name,
        rule: `${elements} elements`,
        value: value === undefined ? 'missing' : `${value.length} elements`,
      });
    }
    memory.reals.set(value, address / 4 + offset);
  }
}

/** Parameters, running statistics and the optimizer's moments. */
export function readState(
  memory: StateMemory & { readonly optimizer: 'none' | 'sgd' | 'adam'; readonly steps: number },
): ReplicaState {
  const { program, addresses, optimizer, steps } = memory;
  const { parameters } = program;
  const moments = {
    none: () => [],
    sgd: () => read(memory, addresses.first, parameters, 'momentum.'),
    adam: () => [
      ...read(memory, addresses.first, parameters, 'exp_avg.'),
      ...read(memory, addresses.second, parameters, 'exp_avg_sq.'),
    ],
  }[optimizer]();
  return {
    parameters: new Map(read(memory, addresses.parameters, parameters)),
    statistics: new Map(read(memory, addresses.statistics, program.statistics)),
    optimizer: new Map(moments),
    steps,
  };
}

/**
 * Writes a state; says which optimizer's moments it held.
 * @throws a work error where a tensor is missing or has another size
 */
export function writeState(memory: StateMemory, state: ReplicaState): 'none' | 'sgd' | 'adam' {
  const { program, addresses, reals } = memory;
  const { parameters, parameterElements } = program;
  write(memory, addresses.parameters, parameters, state.parameters);
  write(memory, addresses.statistics, program.statistics, state.statistics);
  for (const address of [addresses.first, addresses.second]) {
    reals.fill(0, address / 4, address / 4 + parameterElements);
  }
  if (state.optimizer.size === 0) return 'none';
  const adam = state.optimizer.has(`exp_avg.${parameters[0].name}`);
  write(memory, addresses.first, parameters, state.optimizer, adam ? 'exp_avg.' : 'momentum.');
  if (adam) write(memory, addresses.second, parameters, state.optimizer, 'exp_avg_sq.');
  return adam ? 'adam' : 'sgd';
}

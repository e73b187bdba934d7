/** One replica's state by name, out of and into its flat arrays. */
import { workError } from '../../base/errors.js';
import type { Program } from '../../compile/program.js';
import type { ReplicaState } from '../../compile/step.js';
import type { Real, ReplicaTensors } from './memory.js';

interface Spec {
  readonly name: string;
  readonly offset: number;
  readonly elements: number;
}

/** Copies by name, `prefix` before each. */
export function readNamed(array: Real, specs: readonly Spec[], prefix = ''): [string, Real][] {
  return specs.map(({ name, offset, elements }) => [prefix + name, array.slice(offset, offset + elements)]);
}

export function readTensors(program: Program, tensors: ReplicaTensors): ReplicaState {
  const { parameters } = program;
  const [first, second] = tensors.moments;
  const optimizer = {
    none: () => [],
    sgd: () => readNamed(first, parameters, 'momentum.'),
    adam: () => [
      ...readNamed(first, parameters, 'exp_avg.'),
      ...readNamed(second, parameters, 'exp_avg_sq.'),
    ],
  }[tensors.optimizer]();
  return {
    parameters: new Map(readNamed(tensors.parameters, parameters)),
    statistics: new Map(readNamed(tensors.statistics, program.statistics)),
    optimizer: new Map(optimizer),
    steps: tensors.steps,
  };
}

/** @throws a work error where a tensor is missing or has another size */
export function writeTensors(program: Program, tensors: ReplicaTensors, state: ReplicaState): void {
  const { parameters } = program;
  const [first, second] = tensors.moments;
  writeNamed(tensors.parameters, parameters, state.parameters);
  writeNamed(tensors.statistics, program.statistics, state.statistics);
  tensors.steps = state.steps;
  first.fill(0);
  second.fill(0);
  tensors.optimizer = 'none';
  if (state.optimizer.size === 0) return;
  const isAdam = state.optimizer.has(`exp_avg.${parameters[0].name}`);
  tensors.optimizer = isAdam ? 'adam' : 'sgd';
  writeNamed(first, parameters, state.optimizer, isAdam ? 'exp_avg.' : 'momentum.');
  if (isAdam) writeNamed(second, parameters, state.optimizer, 'exp_avg_sq.');
}

function writeNamed(
  array: Real,
  specs: readonly Spec[],
  values: ReadonlyMap<string, Float32Array | Float64Array>,
  prefix = '',
): void {
  for (const { name, offset, elements } of specs) {
    const value = values.get(prefix + name);
    if (value?.length !== elements) {
      throw workError({
        what: 'a state does not fit the network',
        where: prefix + name,
        rule: `${elements} values`,
        value: value === undefined ? 'not there' : `${value.length} values`,
      });
    }
    array.set(value, offset);
  }
}

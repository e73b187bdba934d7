/** A run's weights as the PyTorch state_dict, and back. */
import { requestError } from '../base/errors.js';
import type { SafetensorsFile, Tensor } from './safetensors.js';

/** What training one run needs to go on: the shape of the engine's ReplicaState. */
export interface StoredState {
  readonly parameters: ReadonlyMap<string, Float32Array | Float64Array>;
  readonly statistics: ReadonlyMap<string, Float32Array | Float64Array>;
  readonly optimizer: ReadonlyMap<string, Float32Array | Float64Array>;
  readonly steps: number;
}

export interface NamedShape {
  readonly name: string;
  readonly shape: readonly number[];
}

/**
 * The state_dict, in PyTorch's order: each batch-norm's weight and bias, then its running statistics and
 * `num_batches_tracked` (I64).
 */
export function toStateDict(state: StoredState, parameters: readonly NamedShape[]): SafetensorsFile {
  const tensors = new Map<string, Tensor>();
  const addStatistics = (module: string) => {
    for (const statistic of [`${module}.running_mean`, `${module}.running_var`]) {
      const measured = state.statistics.get(statistic);
      if (measured !== undefined) tensors.set(statistic, { shape: [measured.length], values: measured });
    }
    const counted = BigInt64Array.of(BigInt(state.steps));
    tensors.set(`${module}.num_batches_tracked`, { shape: [], values: counted });
  };
  const modules = new Set([...state.statistics.keys()].map(moduleOf));
  for (const { name, shape } of parameters) {
    const values = state.parameters.get(name);
    if (values === undefined) throw new Error(`the state has no parameter ${name}`);
    tensors.set(name, { shape, values });
    const module = moduleOf(name);
    if (name.endsWith('.bias') && modules.delete(module)) addStatistics(module);
  }
  for (const module of modules) addStatistics(module);
  return { tensors, metadata: { format: 'pt' } };
}

function moduleOf(tensor: string): string {
  return tensor.slice(0, tensor.lastIndexOf('.'));
}

/**
 * Weights to start from, without an optimizer's state. `num_batches_tracked` is not needed: PyTorch uses it only for
 * a batch-norm without momentum.
 * @throws a request error where a tensor is missing, has another shape, or belongs to no layer
 */
export function fromStateDict(
  file: SafetensorsFile,
  parameters: readonly NamedShape[],
  statistics: readonly { readonly name: string; readonly elements: number }[],
  where: string,
): StoredState {
  const take = (name: string, shape: readonly number[]) => {
    const tensor = file.tensors.get(name);
    if (
      tensor === undefined ||
      tensor.values instanceof BigInt64Array ||
      String(tensor.shape) !== String(shape)
    ) {
      const value = tensor === undefined ? 'missing' : `[${tensor.shape.join(', ')}]`;
      throw misfit(`${where}, ${name}`, `floating point of shape [${shape.join(', ')}]`, value);
    }
    return tensor.values;
  };
  const known = new Set([...parameters, ...statistics].map(({ name }) => name));
  for (const [name, { shape }] of file.tensors) {
    if (known.has(name) || name.endsWith('.num_batches_tracked')) continue;
    throw misfit(`${where}, ${name}`, 'a tensor of the network', `[${shape.join(', ')}]`);
  }
  return {
    parameters: new Map(parameters.map(({ name, shape }) => [name, take(name, shape)])),
    statistics: new Map(statistics.map(({ name, elements }) => [name, take(name, [elements])])),
    optimizer: new Map(),
    steps: 0,
  };
}

function misfit(where: string, rule: string, value: string): Error {
  return requestError({
    what: 'the weights do not fit the network',
    where,
    rule,
    value,
    advice: 'use weights of the same network, width and number of classes',
  });
}

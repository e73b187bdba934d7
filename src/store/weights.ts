/** A run's weights as the PyTorch state_dict, and back. */
import { workError } from '../base/errors.js';
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

/** Parameters, running statistics and `num_batches_tracked` (I64), by PyTorch's names and shapes. */
export function toStateDict(state: StoredState, parameters: readonly NamedShape[]): SafetensorsFile {
  const tensors = new Map<string, Tensor>();
  for (const { name, shape } of parameters) {
    const values = state.parameters.get(name);
    if (values !== undefined) tensors.set(name, { shape, values });
  }
  for (const [name, values] of state.statistics) {
    tensors.set(name, { shape: [values.length], values });
    if (!name.endsWith('.running_var')) continue;
    const counter = name.replace(/running_var$/, 'num_batches_tracked');
    tensors.set(counter, { shape: [], values: BigInt64Array.of(BigInt(state.steps)) });
  }
  return { tensors, metadata: { format: 'pt' } };
}

/**
 * Weights to start from, without an optimizer's state.
 * @throws a work error where a tensor is missing or has another shape
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
      throw workError({
        what: 'the weights do not fit the network',
        where: `${where}, ${name}`,
        rule: `shape [${shape.join(', ')}]`,
        value: tensor === undefined ? 'missing' : `[${tensor.shape.join(', ')}]`,
      });
    }
    return tensor.values;
  };
  return {
    parameters: new Map(parameters.map(({ name, shape }) => [name, take(name, shape)])),
    statistics: new Map(statistics.map(({ name, elements }) => [name, take(name, [elements])])),
    optimizer: new Map(),
    steps: 0,
  };
}

/** Initial values, keyed by the parameter's name and the element's index: no draw depends on the order of calls. */
import { hashName, RandomStream } from '../base/random.js';
import type { InitialValue } from './parameters.js';

/**
 * Initial values of one parameter.
 * @param seed the run's `initial` seed
 * @returns `elements` float32 values, in the parameter's own layout (OIHW, [out, in] or [C])
 */
export function drawInitial(
  parameter: { readonly name: string; readonly elements: number; readonly initial: InitialValue },
  seed: number,
): Float32Array<ArrayBuffer> {
  const values = new Float32Array(parameter.elements);
  const { initial } = parameter;
  if (initial.type === 'constant') return values.fill(initial.value);
  const stream = new RandomStream(seed, 'initial', hashName(parameter.name));
  for (let i = 0; i < values.length; i++) values[i] = (2 * stream.uniform(i) - 1) * initial.bound;
  return values;
}

/** The state that a run starts from. */
import { drawInitial } from '../nn/initialize.js';
import type { Program } from './program.js';
import type { ReplicaState } from './step.js';

/** Initial parameters of a seed, running statistics at 0 and 1, no optimizer state, no steps. Float32. */
export function initialState(program: Program, seed: number): ReplicaState {
  return {
    parameters: new Map(program.parameters.map((spec) => [spec.name, drawInitial(spec, seed)])),
    statistics: new Map(
      program.statistics.map(({ name, elements, initial }) => [
        name,
        new Float32Array(elements).fill(initial),
      ]),
    ),
    optimizer: new Map(),
    steps: 0,
  };
}

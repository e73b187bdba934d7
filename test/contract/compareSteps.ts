/** Whole steps of a backend against the reference in float64. */
import { expect } from 'vitest';
import { createReferenceStep } from '../../src/backends/reference/step.js';
import { compile } from '../../src/compile/compile.js';
import { initialState } from '../../src/compile/initial.js';
import type { Program } from '../../src/compile/program.js';
import type { ReplicaState, Step, StepHyper } from '../../src/compile/step.js';
import type { Network } from '../../src/nn/network.js';
import { plan, source } from './networks.js';

export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let difference = 0;
  let norm = 0;
  for (let i = 0; i < expected.length; i++) {
    difference += (actual[i] - expected[i]) ** 2;
    norm += expected[i] ** 2;
  }
  return Math.sqrt(difference / Math.max(norm, 1e-12));
}

export async function worst(
  actual: Step,
  expected: Step,
  what: 'gradients' | 'parameters' | 'statistics' | 'optimizer',
) {
  const read = async (step: Step) =>
    what === 'gradients' ? step.readGradients(0) : (await step.readState(0))[what];
  const ours = await read(actual);
  let error = 0;
  for (const [name, values] of await read(expected))
    error = Math.max(error, relativeError(ours.get(name) ?? [], values));
  return error;
}

/** Names of the tensors that are not the same to the bit. */
export function differing(actual: ReplicaState, expected: ReplicaState): string[] {
  const parts = ['parameters', 'statistics', 'optimizer'] as const;
  return parts.flatMap((part) =>
    [...expected[part]]
      .filter(([name, values]) => {
        const other = actual[part].get(name);
        return (
          !other || other.length !== values.length || values.some((value, i) => !Object.is(value, other[i]))
        );
      })
      .map(([name]) => `${part}: ${name}`),
  );
}

export interface Comparison {
  readonly network: Network;
  readonly hyper: StepHyper;
  readonly batch: number;
  readonly create: (program: Program) => Promise<Step>;
  readonly height?: number;
  readonly tolerance?: number;
}

/** One training step, another, an evaluation of a partial batch; errors against float64. */
export async function compare({
  network,
  hyper: h,
  batch,
  create,
  height,
  tolerance = 2e-4,
}: Comparison): Promise<void> {
  const program = compile(network, { batch, replicas: 1 });
  const steps: Step[] = [await create(program), createReferenceStep(program, { precision: 'float64' })];
  const state = initialState(program, 3);
  const [ours, oracle] = steps;
  for (const step of steps) {
    step.load(source(height));
    await step.writeState(0, state);
    step.train(plan(batch, 0), [h]);
  }
  const [mine, theirs] = [(await ours.metrics())[0], (await oracle.metrics())[0]];
  expect(mine.stepLosses[0]).toBeCloseTo(theirs.stepLosses[0], 4);
  expect(await worst(ours, oracle, 'gradients')).toBeLessThan(tolerance);
  for (const what of ['parameters', 'statistics', 'optimizer'] as const)
    expect(await worst(ours, oracle, what)).toBeLessThan(tolerance);
  const middle: ReplicaState = await oracle.readState(0);
  for (const step of steps) {
    await step.writeState(0, middle);
    step.train(plan(batch, batch), [h]);
    await step.metrics();
  }
  expect(await worst(ours, oracle, 'parameters')).toBeLessThan(tolerance);
  await ours.writeState(0, await oracle.readState(0));
  for (const step of steps) step.evaluate(plan(batch, 5, 2), { activations: [h.activations], logits: true });
  const [a, b] = [(await ours.metrics())[0], (await oracle.metrics())[0]];
  expect(a.losses.length).toBe(2);
  expect(relativeError(a.logits ?? [], b.logits ?? [])).toBeLessThan(tolerance);
  await ours.dispose();
}

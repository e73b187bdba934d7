/** The same few steps for every backend, in Node and in a page. */
import { initialState } from '../../src/compile/initial.js';
import type { Step } from '../../src/compile/step.js';
import { hyper, oddNetwork, plan, source } from './networks.js';

export interface FirstSteps {
  /** Of each training step. */
  readonly losses: number[];
  /** Of the examples of an evaluation after them. */
  readonly evaluated: number[];
  readonly predicted: number[];
  /** Of the linear layer after them. */
  readonly weights: number[];
}

export const smokeBatch = { network: oddNetwork(), size: 5 };

/** Three training steps, an evaluation of three examples, and the weights. */
export async function firstSteps(step: Step): Promise<FirstSteps> {
  const h = hyper('silu');
  step.load(source());
  await step.writeState(0, initialState(step.program, 3));
  for (let i = 0; i < 3; i++) {
    await step.room();
    step.train(plan(smokeBatch.size, smokeBatch.size * i), [h]);
  }
  await step.room();
  step.evaluate(plan(smokeBatch.size, 2, 3), { activations: [h.activations] });
  const [metrics] = await step.metrics();
  const { parameters } = await step.readState(0);
  return {
    losses: [...metrics.stepLosses],
    evaluated: [...metrics.losses],
    predicted: [...metrics.predicted],
    weights: [...(parameters.get('fc.weight') ?? [])],
  };
}

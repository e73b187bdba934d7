/**
 * Runs that overflow, on the WebGPU adapter at hand: the same step is called bad as on the CPU, whatever the adapter's
 * compiler makes of infinities, and the other replicas do not notice.
 */
import { describe, expect, test } from 'vitest';
import { createWasmStep } from '../../src/backends/wasm/node/createStep.js';
import { compile } from '../../src/compile/compile.js';
import { initialState } from '../../src/compile/initial.js';
import type { Program } from '../../src/compile/program.js';
import type { ReplicaState, Step, StepHyper } from '../../src/compile/step.js';
import type { ActivationName } from '../../src/nn/network.js';
import { testAdapter } from '../support/adapter.js';
import { openTestStep } from '../support/webgpuStep.js';
import { hyper, oddNetwork, plan, source } from './networks.js';

const steps = 3;
const batch = 5;
const largest = 3.4e38;

/** The initial state, with a tensor changed. */
function stateOf(
  program: Program,
  change: { readonly tensor: string; readonly factor: number } | null,
): ReplicaState {
  const state = initialState(program, 3);
  if (change === null) return state;
  const values = state.parameters.get(change.tensor);
  if (values === undefined) throw new Error(`no tensor ${change.tensor}`);
  values.forEach((value, i) => {
    values[i] = Math.sign(value + 1e-9) * change.factor;
  });
  return state;
}

/** Losses of a few steps, one array per replica. */
async function lossesOf(
  step: Step,
  states: readonly ReplicaState[],
  hypers: readonly StepHyper[],
): Promise<number[][]> {
  step.load(source());
  for (const [r, state] of states.entries()) await step.writeState(r, state);
  for (let i = 0; i < steps; i++) {
    await step.room();
    const [one] = plan(batch, batch * i).replicas;
    step.train({ count: batch, replicas: states.map(() => one) }, hypers);
  }
  const metrics = await step.metrics();
  await step.dispose();
  return metrics.map(({ stepLosses }) => [...stepLosses]);
}

const firstBad = (losses: readonly number[]): number => losses.findIndex((loss) => !Number.isFinite(loss));

interface Overflow {
  readonly name: string;
  readonly change: { readonly tensor: string; readonly factor: number } | null;
  readonly learningRate: number;
  readonly bad: number;
}

const overflows: readonly Overflow[] = [
  ...[
    ['a dense convolution with batch-norm', 'c1.weight'],
    ['a depthwise convolution', 'd1.weight'],
    ['a pointwise convolution', 'p1.weight'],
    ['a convolution with a bias', 'c2.weight'],
    ['its bias', 'c2.bias'],
    ['gamma', 'b3.weight'],
    ['the last layer', 'fc.weight'],
  ].map(([name, tensor]) => ({
    name,
    change: { tensor, factor: largest },
    learningRate: 0.01,
    bad: 0,
  })),
  { name: 'the update', change: null, learningRate: 1e38, bad: 1 },
];

describe.skipIf(testAdapter === null)(`overflows on ${testAdapter?.description.name}`, () => {
  const activations: readonly ActivationName[] = ['relu', 'silu'];
  const all = activations.flatMap((activation) =>
    overflows.map((overflow) => ({ ...overflow, activation, title: `${overflow.name}, ${activation}` })),
  );
  const cases = testAdapter?.isSlow ? all.filter((_, i) => i % 5 === 2) : all;
  test.each(cases)('$title', async ({ change, learningRate, activation, bad }) => {
    const network = oddNetwork();
    const alone = compile(network, { batch, replicas: 1 });
    const broken = hyper(activation, { learningRate });
    const healthy = hyper(activation, { learningRate: 0.01 });
    const [cpu] = await lossesOf(
      await createWasmStep(alone, { threads: 1 }),
      [stateOf(alone, change)],
      [broken],
    );
    const program = compile(network, { batch, replicas: 3 });
    const states = [stateOf(program, null), stateOf(program, change), stateOf(program, null)];
    const gpu = await lossesOf(await openTestStep(program), states, [healthy, broken, healthy]);
    expect(firstBad(cpu)).toBe(bad);
    expect(firstBad(gpu[1])).toBe(bad);
    expect(gpu[1].slice(bad).every((loss) => !Number.isFinite(loss))).toBe(true);
    expect(firstBad(gpu[0])).toBe(-1);
    expect(gpu[2]).toEqual(gpu[0]);
  });
});

/** On the CPU replicas of one plan see images that were gathered once, with the bits that each has alone. */
import { expect, test } from 'vitest';
import { createWasmStep } from '../../src/backends/wasm/node/createStep.js';
import { compile } from '../../src/compile/compile.js';
import { initialState } from '../../src/compile/initial.js';
import type { ReplicaPlan } from '../../src/compile/step.js';
import { differing } from './compareSteps.js';
import { hyper, oddNetwork, plan, source } from './networks.js';

test('images are gathered once for each plan, and nothing is changed by it', async () => {
  const hypers = [hyper('relu'), hyper('silu'), hyper('tanh')];
  const of = (first: number): ReplicaPlan => plan(5, first).replicas[0];
  const train = async (replicas: readonly number[]) => {
    const step = await createWasmStep(compile(oddNetwork(), { batch: 5, replicas: replicas.length }), {
      threads: 2,
    });
    step.load(source());
    for (const [r, replica] of replicas.entries())
      await step.writeState(r, initialState(step.program, replica));
    let gathers = 0;
    for (let i = 0; i < 3; i++) {
      const [shared, own] = [of(5 * i), of(5 * i + 3)];
      const plans = [shared, shared, own];
      const calls = step.measure(() =>
        step.train(
          { count: 5, replicas: replicas.map((replica) => plans[replica]) },
          replicas.map((replica) => hypers[replica]),
        ),
      );
      gathers += calls.filter(({ kernel }) => kernel === 'gather').length;
    }
    const metrics = await step.metrics();
    const states = await Promise.all(replicas.map((_, r) => step.readState(r)));
    await step.dispose();
    return { gathers, metrics, states };
  };
  const together = await train([0, 1, 2]);
  expect(together.gathers).toBe(3 * 2);
  for (const replica of [0, 1, 2]) {
    const alone = await train([replica]);
    expect(alone.gathers).toBe(3);
    expect(together.metrics[replica]).toEqual(alone.metrics[0]);
    expect(differing(together.states[replica], alone.states[0])).toEqual([]);
  }
});

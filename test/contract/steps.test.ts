/** Whole steps of small networks on the CPU: every variant against the reference in float64, threads, replicas. */
import { describe, expect, test } from 'vitest';
import { createWasmStep } from '../../src/backends/wasm/node/createStep.js';
import { shapeOf } from '../../src/backends/wasm/node/variants.js';
import { planWasm } from '../../src/backends/wasm/step.js';
import { compile } from '../../src/compile/compile.js';
import { initialState } from '../../src/compile/initial.js';
import type { BatchPlan, ReplicaState } from '../../src/compile/step.js';
import { buildNetwork } from '../../src/nn/build.js';
import type { Network } from '../../src/nn/network.js';
import { differing } from './compareSteps.js';
import { classes, deepNetwork, hyper, longNetwork, oddNetwork, plan, size, source } from './networks.js';
import { testedVariants } from './variants.js';
import { describeWholeSteps } from './wholeSteps.js';

for (const variant of testedVariants) {
  describeWholeSteps(`wasm ${variant}`, (program) => createWasmStep(program, { threads: 2, variant }));
}

describe.each(testedVariants)('%s: bits do not depend on the number of threads', (variant) => {
  async function expectSameBits(network: Network, batch: number, height: number): Promise<void> {
    const program = compile(network, { batch, replicas: 1 });
    const h = hyper('relu', { activations: network.activationSlots.map(() => 'relu' as const) });
    const results: ReplicaState[] = [];
    for (const threads of [1, 2, 3]) {
      const step = await createWasmStep(program, { threads, variant });
      step.load(source(height));
      await step.writeState(0, initialState(program, 3));
      for (let i = 0; i < 3; i++) step.train(plan(batch, batch * i), [h]);
      results.push(await step.readState(0));
      await step.dispose();
    }
    for (const other of results.slice(1)) expect(differing(other, results[0])).toEqual([]);
  }

  test('MobileNet, narrow', async () => {
    const ends = { height: 32, width: 32, channels: 3, classes };
    await expectSameBits(buildNetwork({ name: 'mobilenet', width: 0.25 }, ends), 6, 32);
  });

  test('many channels', async () => {
    await expectSameBits(deepNetwork(), 5, size);
  });

  test.each([
    ['many channels', deepNetwork(), [1, 0]],
    ['long inner dimensions', longNetwork(), [3, 2]],
  ])('both gradients of a pointwise layer by one kernel, and by two: %s', async (_, network, counts) => {
    const batch = 21;
    const program = compile(network, { batch, replicas: 1 });
    const joined = [1, 2].map((threads) => {
      const { lists } = planWasm(program, threads, shapeOf(variant, threads));
      return lists[0].train.items.filter(({ kernel }) => kernel === 'denseBackward').length;
    });
    expect(joined).toEqual(counts);
    await expectSameBits(network, batch, size);
  });
});

test('two replicas give the bits of two single runs', async () => {
  const network = oddNetwork();
  const hypers = [hyper('relu'), hyper('silu', { learningRate: 0.01 })];
  const together = await createWasmStep(compile(network, { batch: 5, replicas: 2 }), { threads: 1 });
  together.load(source());
  const program = compile(network, { batch: 5, replicas: 1 });
  const one = plan(5, 0);
  const both: BatchPlan = { count: 5, replicas: [one.replicas[0], one.replicas[0]] };
  for (const r of [0, 1]) await together.writeState(r, initialState(program, 3));
  for (let i = 0; i < 3; i++) together.train(both, hypers);
  for (const r of [0, 1]) {
    const alone = await createWasmStep(program, { threads: 1 });
    alone.load(source());
    await alone.writeState(0, initialState(program, 3));
    for (let i = 0; i < 3; i++) alone.train(one, [hypers[r]]);
    expect(await together.readState(r)).toEqual(await alone.readState(0));
    await alone.dispose();
  }
  await together.dispose();
});

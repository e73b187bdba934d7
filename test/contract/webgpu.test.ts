/** Whole steps of small networks on the WebGPU adapter at hand; R runs in lockstep against each of them alone. */
import { describe, expect, test } from 'vitest';
import { compile } from '../../src/compile/compile.js';
import { initialState } from '../../src/compile/initial.js';
import type { BatchPlan, ReplicaPlan, Step } from '../../src/compile/step.js';
import { testAdapter } from '../support/adapter.js';
import { openTestStep } from '../support/webgpuStep.js';
import { differing } from './compareSteps.js';
import { hyper, oddNetwork, plan, source } from './networks.js';
import { describeWholeSteps } from './wholeSteps.js';

if (testAdapter !== null) {
  const { description, isSlow } = testAdapter;
  describeWholeSteps(`webgpu, ${description.name}`, openTestStep, isSlow ? 'quick' : 'whole');
}

describe.skipIf(testAdapter === null)('lockstep', () => {
  test('three replicas give the bits of three single runs: state, losses, gradients, evaluation', async () => {
    const network = oddNetwork();
    const hypers = [
      hyper('relu'),
      hyper('silu', { learningRate: 0.01 }),
      hyper('tanh', { optimizer: 'adamw', learningRate: 0.002, momentum: 0 }),
    ];
    const plans = (i: number): ReplicaPlan[] => {
      const shared = plan(5, 5 * i).replicas[0];
      // The last replica sees other batches than the first two.
      return [shared, shared, plan(5, 5 * i + 3).replicas[0]];
    };
    const run = async (step: Step, replicas: readonly number[]) => {
      step.load(source());
      for (const [r, replica] of replicas.entries()) {
        await step.writeState(r, initialState(step.program, 3 + replica));
      }
      const of = (i: number, count: number): BatchPlan => ({
        count,
        replicas: replicas.map((replica) => plans(i)[replica]),
      });
      for (let i = 0; i < 6; i++) {
        await step.room();
        step.train(
          of(i, 5),
          replicas.map((replica) => hypers[replica]),
        );
      }
      await step.room();
      const activations = replicas.map((replica) => hypers[replica].activations);
      step.evaluate(of(0, 3), { activations, logits: true });
      const metrics = await step.metrics();
      return Promise.all(
        replicas.map(async (_, r) => ({
          metrics: metrics[r],
          state: await step.readState(r),
          gradients: await step.readGradients(r),
          norms: await step.gradientNorms(r),
        })),
      );
    };
    const together = await openTestStep(compile(network, { batch: 5, replicas: 3 }));
    const all = await run(together, [0, 1, 2]);
    await together.dispose();
    expect(all[0].metrics.stepLosses.length).toBe(6);
    expect(all[0].metrics.stepLosses).not.toEqual(all[1].metrics.stepLosses);
    for (const replica of [0, 1, 2]) {
      const step = await openTestStep(compile(network, { batch: 5, replicas: 1 }));
      const [alone] = await run(step, [replica]);
      await step.dispose();
      expect(differing(all[replica].state, alone.state)).toEqual([]);
      expect(all[replica].metrics).toEqual(alone.metrics);
      expect(all[replica].gradients).toEqual(alone.gradients);
      expect(all[replica].norms).toEqual(alone.norms);
    }
  });
});

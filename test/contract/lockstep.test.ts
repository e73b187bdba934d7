/** Three replicas in lockstep give the bits of three runs alone, on every backend. */
import { describe, expect, it } from 'vitest';
import type { BackendChoice } from '../../src/backends/node/openStep.js';
import { testAdapter } from '../support/adapter.js';
import { taskOf, trainTogether } from '../support/lockstep.js';
import { testedVariants } from './variants.js';

const backends: readonly (readonly [string, BackendChoice])[] = [
  ['reference', { backend: 'reference', precision: 'float32' }],
  ...testedVariants.map((variant): [string, BackendChoice] => [
    `wasm ${variant}`,
    { backend: 'wasm', threads: 2, variant },
  ]),
  ...(testAdapter === null
    ? []
    : [
        [`webgpu, ${testAdapter.description.name}`, { backend: 'webgpu', adapter: testAdapter.request }] as [
          string,
          BackendChoice,
        ],
      ]),
];

/** Two of one seed, which share their images, and one of another; all they can differ in differs. */
const tasks = [
  taskOf(['baseline.schedule=cosine']),
  taskOf([
    'baseline.learningRate=0.2',
    'baseline.weightDecay=0.01',
    'baseline.activation={ name: gelu, blocks: 1 }',
    'training.optimizer.momentum=0.5',
  ]),
  taskOf(
    [
      'baseline.learningRate=0.001',
      'baseline.activation=tanh',
      'training.optimizer={ name: adamw, beta1: 0.8 }',
    ],
    1,
  ),
];

describe.each(backends)('%s', (_, choice) => {
  it('three replicas are to the bit as alone: weights, metrics, predictions', async () => {
    const together = await trainTogether(tasks, choice);
    for (const [r, task] of tasks.entries()) {
      const [alone] = await trainTogether([task], choice);
      expect(alone.outcome).toBe('done');
      expect(together[r], `replica ${r}`).toEqual(alone);
    }
  });

  it('one that diverges is named at its step, and the others do not notice', async () => {
    const bad = taskOf(['baseline.learningRate=1e6', 'baseline.weightDecay=1e6']);
    const [first, diverged, last] = await trainTogether([tasks[0], bad, tasks[2]], choice);
    expect(diverged).toEqual((await trainTogether([bad], choice))[0]);
    expect(diverged.outcome).toBe('diverged');
    expect(first).toEqual((await trainTogether([tasks[0]], choice))[0]);
    expect(last).toEqual((await trainTogether([tasks[2]], choice))[0]);
  });

  it('begun in lockstep, stopped within an epoch, each resumed alone: the bits of one that was not stopped', async () => {
    const whole = await trainTogether(tasks, choice);
    let told = 0;
    const begun = await trainTogether(tasks, choice, {
      // A clock that goes on by a second at each look: metrics are asked for after every step.
      control: { now: secondsGoingBy(), stopRequested: () => told >= 2 },
      onEvent: ({ type, replica }) => {
        if (type === 'progress' && replica === 0) told++;
      },
    });
    for (const [r, task] of tasks.entries()) {
      expect(begun[r].outcome).toBe('stopped');
      expect(begun[r].checkpoints).toEqual([expect.stringMatching(/^stop 0\.2 /)]);
      const [alone] = await trainTogether([task], choice, { resume: [begun[r].resume!] });
      expect(alone.state, `replica ${r}`).toBe(whole[r].state);
      expect([...begun[r].rows, ...alone.rows]).toEqual(whole[r].rows);
      expect([...begun[r].steps, ...alone.steps]).toEqual(whole[r].steps);
      expect(alone.ends).toEqual(whole[r].ends);
    }
  });

  it('a value beyond float32 is seen at the step at which the reference sees it', async () => {
    const { configuration, seed } = tasks[0];
    const bad = { configuration: { ...configuration, learningRate: 1e38 }, seed };
    const [, diverged] = await trainTogether([tasks[0], bad], choice);
    const [oracle] = await trainTogether([bad], { backend: 'reference', precision: 'float32' });
    expect(oracle.diverged).toBe('1.2');
    expect(diverged.diverged).toBe(oracle.diverged);
  });
});

function secondsGoingBy(): () => number {
  let clock = 0;
  return () => clock++;
}

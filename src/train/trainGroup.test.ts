/** The loop itself, on the reference backend: a replica of a group is, to the bit, the run that it would be alone. */
import { describe, expect, it } from 'vitest';
import { openFor, taskOf, trainTogether } from '../../test/support/lockstep.js';
import type { Seats } from './group.js';

const reference = { backend: 'reference', precision: 'float32' } as const;

const base = taskOf();
const other = taskOf(
  [
    'baseline.learningRate=0.2',
    'baseline.weightDecay=0.01',
    'baseline.schedule=cosine',
    'baseline.activation={ name: sigmoid, blocks: 1 }',
    'training.optimizer.momentum=0.5',
    'training.optimizer.nesterov=true',
  ],
  1,
);
const adam = taskOf([
  'baseline.learningRate=0.001',
  'training.optimizer={ name: adam, beta1: 0.8 }',
  'training.logSteps=2',
]);
const diverging = taskOf(['baseline.learningRate=1e6', 'baseline.weightDecay=1e6']);

describe('a group of replicas', () => {
  it('each is to the bit as alone, whatever the others differ in', async () => {
    const tasks = [base, other];
    const together = await trainTogether(tasks, reference);
    expect(together[0].state).not.toBe(together[1].state);
    for (const [r, task] of tasks.entries()) {
      const [alone] = await trainTogether([task], reference);
      expect(together[r], `replica ${r}`).toEqual(alone);
      expect(alone.outcome).toBe('done');
    }
  });

  it('of one seed and of others, of two optimizers and of splits of their own', async () => {
    const perSeed = [3, 4].map((seed) => taskOf(['dataset.splitSeed=per-seed'], seed));
    const together = await trainTogether(perSeed, reference);
    expect(together[0].rows).not.toEqual(together[1].rows);
    for (const [r, task] of perSeed.entries()) {
      expect((await trainTogether([task], reference))[0], `seed ${task.seed.label}`).toEqual(together[r]);
    }
    const mixed = await trainTogether([adam, base], reference);
    expect(mixed[0]).toEqual((await trainTogether([adam], reference))[0]);
    expect(mixed[1]).toEqual((await trainTogether([base], reference))[0]);
  });

  it('goes on where each stood: begun together, resumed alone, in other company, and from other epochs', async () => {
    const whole = await trainTogether([base, other], reference);
    let steps = 0;
    const stopAt = (wanted: number) => ({ stopRequested: () => steps >= wanted, breathe: async () => {} });
    const onEvent = ({ type, replica }: { type: string; replica: number }) => {
      if (type === 'progress' && replica === 0) steps++;
    };
    const begun = await trainTogether([base, other], reference, {
      control: { ...stopAt(3), now: seconds(1) },
      onEvent,
    });
    expect(begun.map(({ outcome }) => outcome)).toEqual(['stopped', 'stopped']);
    expect(begun[0].checkpoints[0]).toMatch(/^stop 0\.3/);
    const [alone] = await trainTogether([base], reference, { resume: [begun[0].resume!] });
    expect([...begun[0].rows, ...alone.rows]).toEqual(whole[0].rows);
    expect(alone.state).toBe(whole[0].state);
    expect([...begun[0].steps, ...alone.steps]).toEqual(whole[0].steps);
    // One at the border after its first epoch, the other before its first step.
    const after = await trainTogether([base], reference, {
      control: { stopRequested: () => false, now: seconds(1) },
      onEvent: () => {},
    });
    expect(after[0].checkpoints[0]).toMatch(/^epoch 1\.0/);
    const [first] = await firstEpoch();
    const fresh = await startOf(other);
    const [ahead, behind] = await trainTogether([base, other], reference, { resume: [first, fresh] });
    expect(ahead.state).toBe(whole[0].state);
    expect(ahead.ends).toEqual(whole[0].ends);
    expect(behind).toEqual(whole[1]);
  });

  it('one that diverges ends at its first bad loss, whatever the timing; the others go on', async () => {
    const alone = (await trainTogether([base], reference))[0];
    const seen = [];
    for (const pace of [0.001, 1]) {
      const [sound, bad] = await trainTogether([base, diverging], reference, {
        control: { now: seconds(pace) },
      });
      expect(sound).toEqual(alone);
      expect(bad.outcome).toBe('diverged');
      expect(bad.steps.length).toBeLessThan(4);
      expect(bad.steps.filter(([, loss]) => !Number.isFinite(loss))).toHaveLength(1);
      expect(Number.isFinite(bad.steps.at(-1)![1])).toBe(false);
      expect(bad.diverged).toBe(`1.${bad.steps.at(-1)![0]}`);
      seen.push(bad);
    }
    expect(seen[0]).toEqual(seen[1]);
  });

  it('speeds are those of metrics that have arrived, not of steps that were handed over', async () => {
    const speeds: number[] = [];
    let clock = 0;
    // The clock stands while steps are handed over; a look at metrics takes two seconds.
    const step = await openFor(base.configuration, 1, reference);
    const metrics = step.metrics.bind(step);
    step.metrics = async () => {
      clock += 2;
      return metrics();
    };
    await trainTogether([base], reference, {
      control: { now: () => clock },
      step,
      onEvent: (event) => {
        if (event.type === 'progress') speeds.push(event.imagesPerSecond);
      },
    });
    const { batchSize } = base.configuration.training;
    // Metrics come once an epoch, but for the first look.
    expect(speeds.every((speed) => Number.isFinite(speed) && speed <= (4 * batchSize) / 2)).toBe(true);
    expect(speeds.length).toBeGreaterThan(0);
  });

  it('one is stopped, the other goes on', async () => {
    const whole = await trainTogether([base, other], reference);
    const control = { stopRequested: (replica: number) => replica === 1, now: seconds(1) };
    const [sound, stopped] = await trainTogether([base, other], reference, { control });
    expect(sound).toEqual(whole[0]);
    expect(stopped.outcome).toBe('stopped');
    const [resumed] = await trainTogether([other], reference, { resume: [stopped.resume!] });
    expect(resumed.state).toBe(whole[1].state);
  });

  it('goes on with a Step without those that ended', async () => {
    const alone = await trainTogether([other], reference);
    const seen: number[][] = [];
    const reseat = async (live: readonly number[], seats: Seats): Promise<Seats> => {
      seen.push([...live]);
      if (live.length === seats.replicas.length) return seats;
      const step = await openFor(base.configuration, live.length, reference);
      for (const [seat, replica] of live.entries()) {
        await step.writeState(seat, await seats.step.readState(seats.replicas.indexOf(replica)));
      }
      await seats.step.dispose();
      return { step, replicas: live };
    };
    const told = await trainTogether([diverging, other, base], reference, { control: { reseat } });
    expect(seen).toEqual([
      [0, 1, 2],
      [1, 2],
    ]);
    expect(told[0].outcome).toBe('diverged');
    expect(told[1]).toEqual(alone[0]);
  });

  it('refuses replicas that do not fit together', async () => {
    const longer = taskOf(['training.epochs=3']);
    await expect(trainTogether([base, longer], reference)).rejects.toThrow(/lockstep[\s\S]*epochs/);
    const fewer = taskOf(['dataset.validation=0.4']);
    await expect(trainTogether([base, fewer], reference)).rejects.toThrow(/sizes of the splits/);
  });
});

/** A clock that goes on by so much at each look. */
function seconds(pace: number): () => number {
  let clock = 0;
  return () => {
    clock += pace;
    return clock;
  };
}

async function firstEpoch() {
  let done = false;
  const [told] = await trainTogether([base], reference, {
    control: { stopRequested: () => done },
    onEvent: ({ type }) => {
      if (type === 'epoch') done = true;
    },
  });
  expect(told.checkpoints.at(-1)).toMatch(/^stop 1\.0/);
  return [told.resume!];
}

async function startOf(task: typeof base) {
  const [told] = await trainTogether([task], reference, { control: { stopRequested: () => true } });
  expect(told.checkpoints).toHaveLength(1);
  expect(told.checkpoints[0]).toMatch(/^stop 0\.0/);
  return told.resume!;
}

/**
 * Runs that overflow, on the WebGPU adapter at hand: the same step is called bad as on the CPU, whatever the adapter's
 * compiler makes of infinities, and the other replicas do not notice.
 */
import { describe, expect, test } from 'vitest';
import { createWasmStep } from '../../src/backends/wasm/node/createStep.js';
import type { WebgpuStep } from '../../src/backends/webgpu/step.js';
import { compile } from '../../src/compile/compile.js';
import { initialState } from '../../src/compile/initial.js';
import type { Program } from '../../src/compile/program.js';
import type { ReplicaState, Step, StepHyper } from '../../src/compile/step.js';
import type { ActivationName, Network } from '../../src/nn/network.js';
import { testAdapter } from '../support/adapter.js';
import { openTestStep } from '../support/webgpuStep.js';
import { act, classes, conv, hyper, oddNetwork, plan, quadNetwork, source } from './networks.js';

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

/** No batch-norm: what the convolutions write is looked at as it is written. */
const noNorms: Network = {
  ...quadNetwork(),
  name: 'no norms',
  layers: [
    conv('c1', 8, 3),
    act,
    conv('p1', 36, 1),
    act,
    conv('d1', 36, 3, 1, true),
    act,
    conv('c2', 5, 3, 2),
    act,
    { type: 'averagePool', size: 5 },
    { type: 'linear', name: 'fc', outFeatures: classes },
  ],
};

/** Two flags a replica: of the step, and of what its update left for all steps after it. */
async function flagsOf({ engine, plan: { named } }: WebgpuStep): Promise<number[]> {
  const flags = engine.buffer(named.flags);
  const answer = engine.device.createBuffer({ size: flags.size, usage: 9 });
  const encoder = engine.device.createCommandEncoder();
  encoder.copyBufferToBuffer(flags, 0, answer, 0, flags.size);
  engine.device.queue.submit([encoder.finish()]);
  await answer.mapAsync(1);
  const words = [...new Uint32Array(answer.getMappedRange())];
  answer.destroy();
  return words;
}

/** The unit of a training step after which a layer has been looked at: its batch-norm's statistics, or its own output. */
function unitThatLooks({ plan: { train, program } }: WebgpuStep, layer: string): number {
  const index = program.parameters.findIndex(({ name }) => name === `${layer}.weight`);
  const unitOf = (is: (call: Program['train'][number]) => boolean) =>
    train.findIndex(({ calls }) => calls.some(is));
  const own = train
    .flatMap(({ calls }) => calls)
    .find((call) => call.kernel === 'convolution' && call.weight === index);
  if (own?.kernel !== 'convolution') throw new Error(`no layer ${layer}`);
  const { statistics } = own;
  return statistics === null
    ? unitOf((call) => call === own)
    : unitOf((call) => call.kernel === 'batchNorm' && call.statistics === statistics);
}

describe.skipIf(testAdapter === null)(
  `each kind of layer is looked at itself, on ${testAdapter?.description.name}`,
  () => {
    const all = [
      ...['c1', 'd1', 'p1', 'd2', 'p2', 'c2', 'c3', 'fc'].map((layer) => ({ layer, network: oddNetwork() })),
      ...['c1', 'p1', 'd1', 'p2', 'fc'].map((layer) => ({ layer, network: quadNetwork() })),
      ...['c1', 'p1', 'd1', 'c2'].map((layer) => ({ layer, network: noNorms })),
    ].map((one) => ({ ...one, name: one.network.name }));
    test.each(all)('$layer of $name', async ({ layer, network }) => {
      const program = compile(network, { batch, replicas: 3 });
      const step = await openTestStep(program);
      step.load(source());
      const [one] = plan(batch, 0).replicas;
      const write = async (state: ReplicaState, replica: number) => step.writeState(replica, state);
      for (const r of [0, 1, 2]) await write(stateOf(program, null), r);
      const h = hyper('relu', { learningRate: 0 });
      step.train({ count: batch, replicas: [one, one, one] }, [h, h, h]);
      await step.metrics();
      expect(await flagsOf(step)).toEqual([0, 0, 0, 0, 0, 0]);
      await write(stateOf(program, { tensor: `${layer}.weight`, factor: largest }), 1);
      // The same step again, on the row that lies there, up to where this layer has been looked at.
      const { engine } = step;
      const encoder = engine.device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      for (let unit = 0; unit <= unitThatLooks(step, layer); unit++) engine.encodeUnit(pass, 'train', unit);
      pass.end();
      engine.device.queue.submit([encoder.finish()]);
      expect(await flagsOf(step)).toEqual([0, 1, 0, 0, 0, 0]);
      await step.dispose();
    });

    test('a step whose flag is set has no loss, whatever was computed; the others keep theirs', async () => {
      const program = compile(oddNetwork(), { batch, replicas: 3 });
      const step = await openTestStep(program);
      step.load(source());
      for (const r of [0, 1, 2]) await step.writeState(r, stateOf(program, null));
      const [one] = plan(batch, 0).replicas;
      const h = hyper('relu');
      const trained = async () => {
        step.train({ count: batch, replicas: [one, one, one] }, [h, h, h]);
        return (await step.metrics()).map(({ stepLosses: [loss] }) => Number.isFinite(loss));
      };
      const { device } = step.engine;
      const flags = step.engine.buffer(step.plan.named.flags);
      // Of the update before.
      device.queue.writeBuffer(flags, 4 * (3 + 1), Uint32Array.of(1));
      expect(await trained()).toEqual([true, false, true]);
      // It stays so, until another state is written.
      expect(await trained()).toEqual([true, false, true]);
      await step.writeState(1, stateOf(program, null));
      expect(await trained()).toEqual([true, true, true]);
      await step.dispose();
    });

    test('an update that overflows is flagged for all steps after it', async () => {
      const program = compile(oddNetwork(), { batch, replicas: 3 });
      const step = await openTestStep(program);
      step.load(source());
      for (const r of [0, 1, 2]) await step.writeState(r, stateOf(program, null));
      const [one] = plan(batch, 0).replicas;
      const h = hyper('relu');
      step.train({ count: batch, replicas: [one, one, one] }, [
        h,
        h,
        { ...h, learningRate: 1e38, weightDecay: 1e3 },
      ]);
      const losses = (await step.metrics()).map(({ stepLosses: [loss] }) => Number.isFinite(loss));
      expect(losses).toEqual([true, true, true]);
      const words = await flagsOf(step);
      expect(words.slice(0, 3)).toEqual([0, 0, 0]);
      expect(words.slice(3).map((word) => word !== 0)).toEqual([false, false, true]);
      await step.dispose();
    });
  },
);

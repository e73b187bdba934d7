/**
 * Products in halves in whole Programs, on an adapter that has subgroup matrices: each call against float64 with a bound of its
 * own, lockstep, resuming, overflows, small gradients. Elsewhere left out, with the reason.
 */
import { describe, expect, it, test } from 'vitest';
import { createWasmStep } from '../../src/backends/wasm/node/createStep.js';
import { maxOf } from '../../src/base/extremes.js';
import { compile } from '../../src/compile/compile.js';
import { initialState } from '../../src/compile/initial.js';
import type { Program } from '../../src/compile/program.js';
import type { ReplicaState, Step, StepHyper } from '../../src/compile/step.js';
import { testAdapter } from '../support/adapter.js';
import { openHalvesStep, openTestStep, testUnit } from '../support/webgpuStep.js';
import { WebgpuBench } from './callBenches.js';
import { callCases } from './callCases.js';
import { callErrors } from './calls.js';
import { differing } from './compareSteps.js';
import { hyper, plan, quadNetwork, source } from './networks.js';

/**
 * Largest error of an element of a call, in units of |expected| + the tensor's root mean square. A factor rounded to 11 bits is
 * off by up to 2^-12 of itself, so a product by 2^-11 = 4.9e-4; the worst of thousands of elements meets a few of the largest.
 */
const bound = 5e-3;

const batch = 5;
const network = quadNetwork();
const programOf = (replicas: number): Program => compile(network, { batch, replicas });

function trainSteps(step: Step, hypers: readonly StepHyper[], from: number, to: number): void {
  for (let i = from; i < to; i++) {
    const [one] = plan(batch, batch * i).replicas;
    step.train({ count: batch, replicas: hypers.map(() => one) }, hypers);
  }
}

interface Trained {
  readonly losses: readonly number[];
  readonly states: readonly ReplicaState[];
  readonly gradients: readonly ReadonlyMap<string, ArrayLike<number>>[];
}

/** A few steps from given states. */
async function trained(
  step: Step,
  states: readonly ReplicaState[],
  hypers: readonly StepHyper[],
  [from, to]: readonly [number, number] = [0, 4],
): Promise<Trained[]> {
  step.load(source());
  for (const [r, state] of states.entries()) await step.writeState(r, state);
  trainSteps(step, hypers, from, to);
  const metrics = await step.metrics();
  const all: Trained[] = [];
  for (const r of states.keys()) {
    const losses = [...metrics[r].stepLosses];
    all.push({ losses, states: [await step.readState(r)], gradients: [await step.readGradients(r)] });
  }
  await step.dispose();
  return all;
}

const norm = (values: ArrayLike<number>): number =>
  Math.sqrt(Array.from(values).reduce((s, v) => s + v * v, 0));

describe.skipIf(testUnit === null)(`products in halves on ${testAdapter?.description.name}`, () => {
  const chosen = ['channels in quads, three replicas', 'many channels'];
  const cases = callCases.filter(({ name }) => chosen.includes(name));

  test.each(cases)('call by call: $name', async ({ testCase }) => {
    let halves = 0;
    const errors = await callErrors(testCase, async (program) => {
      const step = await openHalvesStep(program);
      const isHalf = ({ kernel }: { kernel: { key: string } }) => kernel.key.includes(' f16 ');
      halves = step.plan.train.flatMap(({ dispatches }) => dispatches).filter(isHalf).length;
      expect(step.plan.evaluate.flatMap(({ dispatches }) => dispatches).some(isHalf)).toBe(false);
      return new WebgpuBench(step);
    });
    expect(halves % 3).toBe(0);
    expect(halves).toBeGreaterThan(0);
    expect(errors.length).toBeGreaterThan(30);
    expect(errors.filter(({ error }) => !(error < bound))).toEqual([]);
    // That of float32 would mean that nothing was rounded.
    expect(maxOf(errors.map(({ error }) => error))).toBeGreaterThan(2e-4);
    if (process.env.CALL_ERRORS !== undefined) {
      const worst = [...errors].sort((a, b) => b.error - a.error).slice(0, 5);
      process.stderr.write(
        `${worst.map(({ where, error }) => `${error.toExponential(1)} ${where}`).join('\n')}\n`,
      );
    }
  });

  test('three replicas give the bits of three single runs', async () => {
    const hypers = [
      hyper('relu'),
      hyper('silu', { learningRate: 0.01 }),
      hyper('tanh', { optimizer: 'adamw', learningRate: 0.002, momentum: 0 }),
    ];
    const [three, one] = [programOf(3), programOf(1)];
    const states = [0, 1, 2].map((r) => initialState(three, 3 + r));
    const together = await trained(await openHalvesStep(three), states, hypers);
    for (const r of [0, 1, 2]) {
      const [alone] = await trained(await openHalvesStep(one), [states[r]], [hypers[r]]);
      expect(differing(together[r].states[0], alone.states[0])).toEqual([]);
      expect(together[r].losses).toEqual(alone.losses);
      expect(together[r].gradients).toEqual(alone.gradients);
    }
    expect(together[0].losses).not.toEqual(together[1].losses);
  });

  test('a run that goes on from its state gives the bits of one that was not interrupted', async () => {
    const program = programOf(1);
    const own = [hyper('relu')];
    const [whole] = await trained(await openHalvesStep(program), [initialState(program, 3)], own);
    const [first] = await trained(await openHalvesStep(program), [initialState(program, 3)], own, [0, 2]);
    const [second] = await trained(await openHalvesStep(program), first.states, own, [2, 4]);
    expect(differing(second.states[0], whole.states[0])).toEqual([]);
    expect([...first.losses, ...second.losses]).toEqual(whole.losses);
  });

  test('evaluation has the bits of float32', async () => {
    const program = programOf(1);
    const evaluated = await Promise.all(
      [openHalvesStep, openTestStep].map(async (open) => {
        const step = await open(program);
        step.load(source());
        await step.writeState(0, initialState(program, 3));
        const { activations } = hyper('silu');
        step.evaluate(plan(batch, 0), { activations: [activations], logits: true });
        const [metrics] = await step.metrics();
        await step.dispose();
        return metrics;
      }),
    );
    expect(evaluated[0].logits).toEqual(evaluated[1].logits);
  });

  test.each([
    ['as they are', 1],
    ['a billion times smaller', 1e-9],
    ['1e15 times smaller', 1e-15],
  ])('gradients %s do not underflow', async (_, factor) => {
    const program = programOf(1);
    const state = initialState(program, 3);
    const last = state.parameters.get('fc.weight') ?? [];
    for (let i = 0; i < last.length; i++) last[i] *= factor;
    const own = [hyper('silu')];
    const [halves] = await trained(await openHalvesStep(program), [state], own, [0, 1]);
    const [exact] = await trained(await openTestStep(program), [state], own, [0, 1]);
    for (const name of ['p1.weight', 'p2.weight', 'c1.weight', 'd1.weight']) {
      const [a, b] = [halves, exact].map(({ gradients }) => gradients[0].get(name) ?? []);
      const difference = norm(Array.from(b, (value, i) => value - a[i]));
      expect(norm(b), name).toBeGreaterThan(0);
      expect(difference / norm(b), name).toBeLessThan(bound);
    }
  });

  const largest = 3.4e38;
  const overflows = [
    { name: 'a dense convolution', tensor: 'c1.weight', factor: largest, bad: 0 },
    { name: 'a pointwise convolution', tensor: 'p1.weight', factor: largest, bad: 0 },
    { name: 'a depthwise convolution', tensor: 'd1.weight', factor: largest, bad: 0 },
    { name: 'gamma in front of a pointwise convolution', tensor: 'b3.weight', factor: largest, bad: 0 },
    { name: 'the last layer', tensor: 'fc.weight', factor: largest, bad: 0 },
    // Far beyond the largest f16, and finite in float32: the powers of two keep them.
    { name: 'nothing: large weights', tensor: 'p1.weight', factor: 1e15, bad: -1 },
    { name: 'nothing: a large gamma', tensor: 'b3.weight', factor: 1e7, bad: -1 },
  ];

  test.each(overflows)(
    'overflow of $name is called bad at the CPU’s step',
    async ({ tensor, factor, bad }) => {
      const stateOf = (program: Program, isBroken: boolean): ReplicaState => {
        const state = initialState(program, 3);
        const values = state.parameters.get(tensor) ?? [];
        for (let i = 0; isBroken && i < values.length; i++) values[i] = Math.sign(values[i] + 1e-9) * factor;
        return state;
      };
      const own = hyper('relu', { learningRate: 1e-6 });
      const [one, three] = [programOf(1), programOf(3)];
      const firstBad = ({ losses }: Trained) => losses.findIndex((loss) => !Number.isFinite(loss));
      const [cpu] = await trained(await createWasmStep(one, { threads: 1 }), [stateOf(one, true)], [own]);
      const states = [false, true, false].map((isBroken) => stateOf(three, isBroken));
      const gpu = await trained(await openHalvesStep(three), states, [own, own, own]);
      expect(firstBad(cpu)).toBe(bad);
      expect(firstBad(gpu[1])).toBe(bad);
      expect(firstBad(gpu[0])).toBe(-1);
      expect(gpu[2].losses).toEqual(gpu[0].losses);
    },
  );
});

if (testUnit === null) {
  const name = testAdapter?.description.name;
  const why = name === undefined ? 'there is no adapter' : `${name} has no subgroup matrices`;
  process.stderr.write(`left out: Programs with products in halves. ${why}\n`);
  it.skip('no subgroup matrices', () => {});
}

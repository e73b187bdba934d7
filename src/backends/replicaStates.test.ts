import { describe, expect, it } from 'vitest';
import { compile } from '../compile/compile.js';
import { initialState } from '../compile/initial.js';
import { buildNetwork } from '../nn/build.js';
import { mostSlots } from '../optim/optimizer.js';
import { type Real, ReplicaStates, type StateArray } from './replicaStates.js';

const ends = { height: 8, width: 8, channels: 3, classes: 4 };
const program = compile(buildNetwork({ name: 'cnn', channels: [4] }, ends), { batch: 2, replicas: 1 });
const hyper = { learningRate: 1, dampening: 0, nesterov: false, weightDecay: 0, activations: [] };

/** Arrays that are fetched and stored as a device's are: by promises, and as copies. */
function states() {
  const real = (elements: number) => new Float32Array(elements);
  const slots = Array.from({ length: mostSlots }, () => real(program.parameterElements).fill(7));
  const arrays = {
    parameters: real(program.parameterElements),
    gradients: real(program.parameterElements),
    statistics: real(program.statisticElements),
  };
  const of = (array: StateArray) => (typeof array === 'string' ? arrays[array] : slots[array.slot]);
  const backend = {
    read: async (array: StateArray): Promise<Real> => of(array).slice(),
    write: async (array: StateArray, values: Real) => of(array).set(values),
  };
  return { arrays, slots, states: new ReplicaStates(program, [backend]) };
}

describe('states by name', () => {
  it('gives back what was written, and clears the slots that a state leaves empty', async () => {
    const made = states();
    const start = initialState(program, 3);
    await made.states.write(0, start);
    expect(await made.states.read(0)).toEqual(start);
    expect(made.slots.every((slot) => slot.every((value) => value === 0))).toBe(true);
  });

  it('names the slots of the optimizer that filled them; SGD without momentum fills none', async () => {
    const made = states();
    await made.states.write(0, initialState(program, 3));
    made.states.stepped(0, { ...hyper, optimizer: 'sgd', momentum: 0 });
    expect((await made.states.read(0)).optimizer.size).toBe(0);
    made.states.stepped(0, { ...hyper, optimizer: 'adamw', momentum: 0 });
    made.slots[1].fill(0.25);
    const { optimizer, steps } = await made.states.read(0);
    expect(steps).toBe(2);
    expect([...optimizer.keys()].slice(0, 1)).toEqual([`exp_avg.${program.parameters[0].name}`]);
    expect(optimizer.get(`exp_avg_sq.${program.parameters[1].name}`)?.[0]).toBe(0.25);
    const other = states();
    await other.states.write(0, { ...initialState(program, 3), optimizer, steps });
    expect(await other.states.read(0)).toEqual(await made.states.read(0));
  });

  it('writes nothing where a tensor is missing or has another size', async () => {
    const made = states();
    const start = initialState(program, 3);
    const last = program.parameters.at(-1)!.name;
    const short = new Map([...start.parameters, [last, new Float32Array(1)]]);
    await expect(made.states.write(0, { ...start, parameters: short })).rejects.toThrow(last);
    await expect(made.states.write(0, { ...start, statistics: new Map() })).rejects.toThrow(/not there/);
    expect(made.arrays.parameters.every((value) => value === 0)).toBe(true);
  });
});

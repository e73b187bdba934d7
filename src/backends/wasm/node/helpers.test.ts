import { expect, it } from 'vitest';
import { compile } from '../../../compile/compile.js';
import { initialState } from '../../../compile/initial.js';
import { createBatchArrays } from '../../../data/batches.js';
import { buildNetwork } from '../../../nn/build.js';
import { ListMaker } from '../lists.js';
import { planMemory, Region } from '../memory.js';
import { planWasm, WasmStep } from '../step.js';
import { startTeam } from './createStep.js';
import { shapeOf } from './variants.js';

const ends = { height: 16, width: 16, channels: 3, classes: 4 };
const program = compile(buildNetwork({ name: 'cnn', channels: [16, 16] }, ends), { batch: 32, replicas: 1 });
const shape = shapeOf('plain', 2);

/** A plan by which every helper's working room lies far outside the memory: the caller's own does not. */
function brokenPlan() {
  const sound = planWasm(program, 2, shape);
  const region = new Region();
  const addresses = { ...planMemory(program, 2, shape, region), roomBytes: 2 ** 30 };
  const maker = new ListMaker(program, addresses, shape, region);
  const train = maker.make(program.train, 0, true);
  const lists = [
    {
      train,
      trainOnSame: train,
      pack: maker.makePacking(program.evaluate, 0),
      evaluate: maker.make(program.evaluate, 0, false),
    },
  ];
  return { addresses, maker, lists, profile: region.take(8), bytes: sound.bytes + 65536 };
}

it('a helper that traps ends the step with an error; nobody waits for its unit', async () => {
  const plan = brokenPlan();
  const team = await startTeam(plan, 'plain', 2);
  const description = {
    backend: 'wasm',
    variant: 'plain',
    precision: 'float32',
    tiles: {},
    threads: 2,
  } as const;
  const step = new WasmStep(program, plan, team, description);
  try {
    await step.writeState(0, initialState(program, 0));
    const pixels = new Uint8Array(32 * 768);
    step.load({ ...ends, pixels, labels: new Uint8Array(32), mean: [0, 0, 0], deviation: [1, 1, 1] });
    const activations = program.network.activationSlots.map(() => 'relu' as const);
    const rule = { optimizer: 'sgd', momentum: 0, dampening: 0, nesterov: false, weightDecay: 0 } as const;
    const replicas = [createBatchArrays(32)];
    // A helper may be late for the first steps: the caller then does their units alone.
    const train = () => {
      for (let i = 0; i < 500; i++)
        step.train({ count: 32, replicas }, [{ ...rule, learningRate: 0, activations }]);
    };
    expect(train).toThrow(/a kernel failed[\s\S]*out of bounds/);
  } finally {
    await step.dispose();
  }
}, 20000);

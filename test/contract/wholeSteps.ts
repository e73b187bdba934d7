/** The whole-step suite that every fast backend passes. */
import { describe, test } from 'vitest';
import type { Program } from '../../src/compile/program.js';
import type { Step } from '../../src/compile/step.js';
import { buildNetwork } from '../../src/nn/build.js';
import { type ActivationName, activationNames } from '../../src/nn/network.js';
import { compare } from './compareSteps.js';
import {
  besides,
  classes,
  deepNetwork,
  depthwiseNetwork,
  hyper,
  maxPoolNetwork,
  oddNetwork,
  size,
} from './networks.js';

/** @param form `quick`: two activations at odd sizes, for adapters that compile slowly */
export function describeWholeSteps(
  name: string,
  create: (program: Program) => Promise<Step>,
  form: 'whole' | 'quick' = 'whole',
): void {
  const activations = activationNames.filter((one) => one !== 'identity');
  const quick: readonly ActivationName[] = ['relu', 'tanh'];
  describe(`${name} against float64`, () => {
    test.each(form === 'quick' ? quick : activations)('odd sizes, %s', async (activation) => {
      // A kink near zero flips with float32's rounding: PyTorch's own float32 differs from its float64 by to 5e-2 here.
      const tolerance = activation === 'relu' || activation === 'leakyRelu' ? 2e-2 : 2e-4;
      await compare({ network: oddNetwork(), hyper: hyper(activation), batch: 5, create, tolerance });
    });

    test.each(Object.keys(besides) as (keyof typeof besides)[])('depthwise, %s', async (beside) => {
      await compare({ network: depthwiseNetwork(beside), hyper: hyper('tanh'), batch: 5, create });
    });

    if (form === 'quick') return;

    test.each(['adam', 'adamw'] as const)('%s', async (optimizer) => {
      const h = hyper('tanh', { optimizer, learningRate: 0.01 });
      await compare({ network: oddNetwork(), hyper: h, batch: 3, create, tolerance: 2e-3 });
    });

    test.each(['relu', 'gelu'] as const)('max pooling, %s', async (activation) => {
      const tolerance = activation === 'relu' ? 2e-2 : 2e-4;
      await compare({ network: maxPoolNetwork(), hyper: hyper(activation), batch: 5, create, tolerance });
    });

    test('nesterov, dampening of zero momentum, MLP', async () => {
      const ends = { height: size, width: size, channels: 3, classes };
      await compare({
        network: buildNetwork({ name: 'mlp', hidden: [31, 18] }, ends),
        hyper: hyper('gelu', { nesterov: true, activations: ['gelu', 'gelu'] }),
        batch: 5,
        create,
      });
    });

    test.each(['relu', 'tanh'] as const)('many channels, %s', async (activation) => {
      const tolerance = activation === 'relu' ? 2e-2 : 2e-4;
      await compare({ network: deepNetwork(), hyper: hyper(activation), batch: 5, create, tolerance });
    });

    test('MobileNet, narrow', async () => {
      const network = buildNetwork(
        { name: 'mobilenet', width: 0.25 },
        { height: 32, width: 32, channels: 3, classes },
      );
      const activations = network.activationSlots.map((_, i): ActivationName => (i % 2 ? 'sigmoid' : 'silu'));
      await compare({
        network,
        hyper: hyper('silu', { activations }),
        batch: 4,
        create,
        height: 32,
        tolerance: 5e-3,
      });
    });
  });
}

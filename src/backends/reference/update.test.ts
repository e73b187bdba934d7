/** The optimizer kernel against the textbook rules, computed here by hand for one weight. */
import { describe, expect, it } from 'vitest';
import { compile } from '../../compile/compile.js';
import type { StepHyper } from '../../compile/step.js';
import { buildNetwork } from '../../nn/build.js';
import { ReferenceMemory, ReplicaTensors } from './memory.js';
import { update } from './update.js';

const network = buildNetwork({ name: 'mlp', hidden: [] }, { height: 1, width: 1, channels: 1, classes: 2 });
const program = compile(network, { batch: 1, replicas: 1 });
const gradients = [0.5, -0.25, 2];
const start = 1.5;
const off = { momentum: 0, dampening: 0, nesterov: false, weightDecay: 0, activations: [] };

/** Weight 0 after one update per gradient. */
function weightsAfter(hyper: StepHyper): number[] {
  const memory = new ReferenceMemory(program, 'float64');
  const tensors = new ReplicaTensors(program, 'float64');
  const source = { pixels: new Uint8Array(1), labels: new Uint8Array(1), channels: 1, height: 1, width: 1 };
  const one = new Int8Array(1);
  memory.bind(tensors, {
    source: { ...source, mean: [0], deviation: [1] },
    plan: { indices: new Int32Array(1), shiftY: one, shiftX: one, flip: new Uint8Array(1) },
    count: 1,
    activations: [],
    hyper,
  });
  tensors.parameters[0] = start;
  return gradients.map((gradient) => {
    tensors.gradients[0] = gradient;
    update({ kernel: 'update' }, memory);
    return tensors.parameters[0];
  });
}

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  actual.forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i], 14);
  });
}

describe('sgd', () => {
  it('without momentum: w - lr (g + wd w)', () => {
    const lr = 0.1;
    const wd = 0.02;
    const w1 = start - lr * (0.5 + wd * start);
    const w2 = w1 - lr * (-0.25 + wd * w1);
    const w3 = w2 - lr * (2 + wd * w2);
    expectClose(weightsAfter({ ...off, optimizer: 'sgd', learningRate: lr, weightDecay: wd }), [w1, w2, w3]);
  });

  it('momentum with dampening: the first step has v = g, undamped', () => {
    const hyper = { ...off, optimizer: 'sgd', learningRate: 0.1, momentum: 0.9, dampening: 0.3 } as const;
    const v1 = 0.5;
    const v2 = 0.9 * v1 + 0.7 * -0.25;
    const v3 = 0.9 * v2 + 0.7 * 2;
    const w1 = start - 0.1 * v1;
    expectClose(weightsAfter(hyper), [w1, w1 - 0.1 * v2, w1 - 0.1 * v2 - 0.1 * v3]);
  });

  it('nesterov with weight decay: w - lr (g + momentum v)', () => {
    const decay = { weightDecay: 0.01, momentum: 0.5, nesterov: true };
    const hyper = { ...off, ...decay, optimizer: 'sgd', learningRate: 0.2 } as const;
    const g1 = 0.5 + 0.01 * start;
    const w1 = start - 0.2 * (g1 + 0.5 * g1);
    const g2 = -0.25 + 0.01 * w1;
    const v2 = 0.5 * g1 + g2;
    const w2 = w1 - 0.2 * (g2 + 0.5 * v2);
    const g3 = 2 + 0.01 * w2;
    const v3 = 0.5 * v2 + g3;
    expectClose(weightsAfter(hyper), [w1, w2, w2 - 0.2 * (g3 + 0.5 * v3)]);
  });
});

describe.each(['adam', 'adamw'] as const)('%s', (optimizer) => {
  it('corrects the bias of both moments; decay in the gradient (adam) or on the weight (adamw)', () => {
    const lr = 0.01;
    const wd = 0.1;
    const [beta1, beta2, epsilon] = [0.8, 0.95, 1e-6];
    let [w, m, v] = [start, 0, 0];
    const expected = gradients.map((gradient, i) => {
      const g = optimizer === 'adam' ? gradient + wd * w : gradient;
      if (optimizer === 'adamw') w -= lr * wd * w;
      m = beta1 * m + (1 - beta1) * g;
      v = beta2 * v + (1 - beta2) * g ** 2;
      const meanHat = m / (1 - beta1 ** (i + 1));
      const squareHat = v / (1 - beta2 ** (i + 1));
      w -= (lr * meanHat) / (Math.sqrt(squareHat) + epsilon);
      return w;
    });
    const hyper = { ...off, optimizer, learningRate: lr, weightDecay: wd, beta1, beta2, epsilon };
    expectClose(weightsAfter(hyper), expected);
  });
});

import { describe, expect, it } from 'vitest';
import { buildNetwork } from '../nn/build.js';
import { batchNorm, convolution } from '../nn/layers.js';
import type { Layer, Network } from '../nn/network.js';
import { compile } from './compile.js';
import { initialState } from './initial.js';
import { areBothGradients, livesOf, overlap, placeFirstFit } from './memory.js';
import type { KernelCall, Program } from './program.js';
import { buffersOf } from './uses.js';

const cifar = { height: 32, width: 32, channels: 3, classes: 100 };
const networks = {
  mobilenet: buildNetwork({ name: 'mobilenet', width: 1 }, cifar),
  cnn: buildNetwork({ name: 'cnn', channels: [8, 16, 24] }, cifar),
  mlp: buildNetwork({ name: 'mlp', hidden: [64, 32] }, cifar),
};
const names = Object.keys(networks) as (keyof typeof networks)[];

const kernelsOf = (calls: readonly KernelCall[]) => calls.map(({ kernel }) => kernel);

function expectNoOverlap(program: Program): void {
  const { buffers, arena } = program;
  const lives = livesOf([program.train, program.evaluate], buffers.length);
  buffers.forEach((a, i) => {
    expect(a.offset + a.elements).toBeLessThanOrEqual(arena[a.lifetime]);
    buffers.forEach((b, j) => {
      if (j <= i || a.lifetime !== b.lifetime) return;
      const together = a.lifetime === 'persistent' || overlap(lives[i], lives[j]);
      const apart = a.offset + a.elements <= b.offset || b.offset + b.elements <= a.offset;
      if (together && !apart) expect.fail(`${a.name} and ${b.name} share memory while both live`);
    });
  });
}

describe('memory plan', () => {
  it.each(names)('%s: no two live buffers overlap', (name) => {
    expectNoOverlap(compile(networks[name], { batch: 7, replicas: 2 }));
  });

  it('both gradients of a convolution may be made at once: the second writes nothing over what the first reads', () => {
    const layers: Layer[] = [
      convolution('c0', 64, { kernel: 1, bias: true }),
      convolution('c1', 8, { kernel: 1 }),
      batchNorm('b1'),
      { type: 'activation', slot: 0 },
      { type: 'averagePool', size: 32 },
      { type: 'linear', name: 'fc', outFeatures: 10 },
    ];
    const activationSlots = [{ block: 0 }];
    const network = { name: 'bias', input: cifar, classes: 10, layers, activationSlots, blocks: 1 };
    const { train, buffers } = compile(network, { batch: 64, replicas: 1 });
    const pairs = train.flatMap((call, i) =>
      areBothGradients(call, train[i + 1]) ? [[call, train[i + 1]]] : [],
    );
    expect(pairs.length).toBeGreaterThan(0);
    for (const [first, second] of pairs) {
      for (const written of buffersOf(second).writes.map((id) => buffers[id])) {
        for (const read of buffersOf(first).reads.map((id) => buffers[id])) {
          const isApart =
            read.lifetime !== written.lifetime ||
            read.offset + read.elements <= written.offset ||
            written.offset + written.elements <= read.offset;
          expect(isApart, `${written.name} over ${read.name}`).toBe(true);
        }
      }
    }
  });

  it('full MobileNet at batch 128 takes hardly more than its stored activations', () => {
    const program = compile(networks.mobilenet, { batch: 128, replicas: 1 });
    const stored = program.buffers.filter(({ name }) => name.endsWith('.raw'));
    const activations = stored.reduce((sum, { elements }) => sum + elements, 0);
    expect(program.arena.step).toBeLessThan(1.05 * activations);
  });

  it('first fit puts a buffer where the one that has died was', () => {
    const lives = [[{ first: 0, last: 1 }], [{ first: 1, last: 3 }], [{ first: 2, last: 3 }]];
    const { offsets, size } = placeFirstFit([640, 320, 64], lives);
    expect(offsets).toEqual([0, 640, 0]);
    expect(size).toBe(960);
  });

  it('notices a call that reads what nothing has written', () => {
    const program = compile(networks.mlp, { batch: 4, replicas: 1 });
    expect(() => livesOf([program.train.slice(1)], program.buffers.length)).toThrow(/nothing has written/);
    const stale = [program.train, program.evaluate.slice(1)];
    expect(() => livesOf(stale, program.buffers.length)).toThrow(/nothing has written/);
  });

  it('knows every buffer of every call', () => {
    for (const name of names) {
      const { train, evaluate, buffers } = compile(networks[name], { batch: 4, replicas: 1 });
      const used = new Set([...train, ...evaluate].flatMap((call) => Object.values(buffersOf(call)).flat()));
      expect(used.size).toBe(buffers.length);
    }
  });
});

describe('calls', () => {
  const program = compile(networks.mobilenet, { batch: 8, replicas: 1 });

  it('lists forward, loss, backward, update', () => {
    const kernels = kernelsOf(program.train);
    const count = (kernel: string) => kernels.filter((k) => k === kernel).length;
    expect(kernels.slice(0, 3)).toEqual(['gather', 'convolution', 'batchNorm']);
    expect(kernels.at(-1)).toBe('update');
    expect(count('convolution')).toBe(28);
    expect(count('convolutionWeightGradient')).toBe(28);
    expect(count('convolutionInputGradient')).toBe(27);
    expect(count('batchNorm')).toBe(27);
    expect(count('batchNormGradient')).toBe(27);
    expect(kernels.at(-2)).toBe('convolutionWeightGradient');
  });

  it('evaluation uses running statistics and makes no gradient', () => {
    const kernels = new Set(kernelsOf(program.evaluate));
    expect([...kernels]).toEqual([
      'gather',
      'convolution',
      'batchNormEvaluate',
      'averagePool',
      'bias',
      'softmaxCrossEntropy',
    ]);
    for (const call of program.evaluate) {
      if (call.kernel === 'convolution') expect(call.statistics).toBeNull();
      if (call.kernel === 'softmaxCrossEntropy') expect(call.gradient).toBeNull();
    }
  });

  it('a linear layer on a map is a convolution that covers it', () => {
    const { train } = compile(networks.cnn, { batch: 2, replicas: 1 });
    const last = train.filter((call) => call.kernel === 'convolution').at(-1);
    expect(last?.geometry).toMatchObject({ kernelHeight: 4, kernelWidth: 4, outHeight: 1, outWidth: 1 });
  });

  it('parameters lie one after another', () => {
    let offset = 0;
    for (const parameter of program.parameters) {
      expect(parameter.offset).toBe(offset);
      offset += parameter.elements;
    }
    expect(program.parameterElements).toBe(offset);
    expect(offset).toBe(3_309_476);
  });

  it('initialState names every tensor', () => {
    const state = initialState(program, 0);
    expect([...state.parameters.keys()]).toEqual(program.parameters.map(({ name }) => name));
    expect(state.statistics.get('bn1.running_var')).toEqual(new Float32Array(32).fill(1));
    expect(state.steps).toBe(0);
  });
});

describe('networks that make no sense', () => {
  const network = (layers: readonly Layer[]): Network => ({
    name: 'odd',
    input: { height: 4, width: 4, channels: 2 },
    classes: 3,
    layers,
    activationSlots: [{ block: 0 }],
    blocks: 1,
  });
  const linear: Layer = { type: 'linear', name: 'linear', outFeatures: 3 };
  const act: Layer = { type: 'activation', slot: 0 };

  it.each<[string, readonly Layer[], RegExp]>([
    ['an activation first', [act, linear], /no operation comes before/],
    ['two activations', [convolution('a', 2, { kernel: 1 }), act, act, linear], /no operation comes before/],
    [
      'batch-norm after a pool',
      [{ type: 'averagePool', size: 2 }, batchNorm('b'), linear],
      /batch-norm follows/,
    ],
    ['batch-norm after a bias', [{ ...linear, name: 'a' }, batchNorm('b'), linear], /batch-norm follows/],
    ['an activation last', [linear, act], /no logits/],
    ['the wrong number of classes', [{ ...linear, outFeatures: 4 }], /no logits/],
    ['no layers', [], /no logits/],
    ['a pool that does not divide', [{ type: 'averagePool', size: 3 }, linear], /does not divide/],
    ['a kernel that does not fit', [convolution('a', 2, { kernel: 5 }), linear], /does not fit/],
    ['depthwise with other channels', [convolution('a', 3, { kernel: 1, depthwise: true })], /one filter/],
  ])('%s', (_, layers, message) => {
    expect(() => compile(network(layers), { batch: 2, replicas: 1 })).toThrow(message);
  });

  it('two layers of one name', () => {
    const layers = [convolution('linear', 2, { kernel: 1 }), linear];
    expect(() => compile(network(layers), { batch: 2, replicas: 1 })).toThrow(/one name/);
  });

  it.each([0, 1.5, Number.NaN])('batch %s', (batch) => {
    expect(() => compile(networks.mlp, { batch, replicas: 1 })).toThrow(/batch size/);
  });
});

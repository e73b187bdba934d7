/** Max pooling of the reference against PyTorch's, to the bit: values and gradients (see make_max_pool.py). */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { maxPool, maxPoolGradient } from '../../src/backends/reference/maxPool.js';
import { ReferenceMemory } from '../../src/backends/reference/memory.js';
import { compile } from '../../src/compile/compile.js';
import type { KernelCall } from '../../src/compile/program.js';
import { convolution } from '../../src/nn/layers.js';

interface MaxPoolCase {
  readonly name: string;
  readonly shape: readonly [number, number, number, number];
  readonly size: number;
  readonly stride: number;
  readonly x: readonly (number | null)[];
  readonly y: readonly (number | null)[];
  readonly dy: readonly number[];
  readonly dx: readonly number[];
}

const file = new URL('fixtures/maxPool.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: readonly MaxPoolCase[] };

const numbers = (values: readonly (number | null)[]) => values.map((value) => value ?? Number.NaN);

function programOf({ shape: [batch, height, width, channels], size, stride }: MaxPoolCase) {
  const layers = [
    convolution('before', channels, { kernel: 1 }),
    { type: 'maxPool', size, stride },
    { type: 'linear', name: 'after', outFeatures: 2 },
  ] as const;
  const input = { height, width, channels: 1 };
  const network = { name: 'golden', input, classes: 2, layers, activationSlots: [], blocks: 0 };
  return compile(network, { batch, replicas: 1 });
}

test.each(cases.map((one) => [one.name, one] as const))('%s', (_, golden) => {
  const program = programOf(golden);
  const find = <K extends KernelCall['kernel']>(kernel: K) =>
    program.train.find((call) => call.kernel === kernel) as Extract<KernelCall, { kernel: K }>;
  const memory = new ReferenceMemory(program, 'float64');
  const forward = find('maxPool');
  memory.real(forward.input.raw).set(numbers(golden.x));
  maxPool(forward, memory);
  expect(Array.from(memory.real(forward.output))).toEqual(numbers(golden.y));
  const backward = find('maxPoolGradient');
  memory.real(backward.input.raw).set(numbers(golden.x));
  memory.real(backward.gradient.dz).set(golden.dy);
  maxPoolGradient(backward, memory);
  expect(Array.from(memory.real(backward.target.dz), (value) => value + 0)).toEqual(
    golden.dx.map((value) => value + 0),
  );
});

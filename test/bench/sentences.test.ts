/** The sentences on speed that bench:page writes into the documents. */
import { join } from 'node:path';
import { expect, test } from 'vitest';

const { productsText, restText, speedText } = await import(
  join(import.meta.dirname, '../../bench/sentences.mjs')
);
const spread = (median: number) => ({ median, min: median, max: median });

const side = (name: string, train: number, evaluate: number, kernels = 'wide') => ({
  name,
  kernels,
  train: spread(train),
  evaluate: spread(evaluate),
});
const ratio = (name: string, train: number, evaluate: number, peer = 'PyTorch, native') => ({
  name,
  peer,
  train: spread(train),
  evaluate: spread(evaluate),
});

const peer = {
  machine: { cpu: 'Some CPU', vectors: 'AVX-512', busy: 0 },
  threads: 2,
  sides: [
    side('ceteris, Node v20.20.2', 440, 148, 'relaxed'),
    side('ceteris, Node v26.1.0', 260, 83),
    side('ceteris, Node v26.1.0, 128-bit', 412, 134, 'relaxed'),
    side('PyTorch, native', 250, 90, 'PyTorch 1.13, oneDNN: AVX-512'),
    side('PyTorch, native, memory returned', 470, 90, 'PyTorch 1.13, oneDNN: AVX-512'),
  ],
  ratios: [
    ratio('ceteris, Node v20.20.2', 1.76, 1.64),
    ratio('ceteris, Node v20.20.2', 0.94, 1.64, 'PyTorch, native, memory returned'),
    ratio('ceteris, Node v26.1.0', 1.04, 0.92),
    ratio('ceteris, Node v26.1.0, 128-bit', 1.65, 1.49),
  ],
};

test('the README: default flags, over the peer at its best', () => {
  const text: string = speedText(peer);
  expect(text).toContain(
    "takes 260 ms on Node v26.1.0 (1.04 times PyTorch's), 440 ms on Node v20.20.2 (1.76 times PyTorch's)",
  );
  expect(text).toContain('PyTorch 1.13, at');
  expect(text).toContain('takes 250 ms');
  expect(text).toContain('Some CPU, AVX-512');
  expect(text).not.toContain('412');
});

test('the performance page and ARCHITECTURE.md: products, depthwise convolutions, the rest', () => {
  const step = {
    byKernel: { train: { denseForward: 100, denseInputGradient: 110, depthwiseBackward: 30, update: 2 } },
  };
  const row = (kernel: string, shape: string, shareOfLimit: number) => ({
    kernel,
    shape,
    shareOfLimit,
    gflops: 220,
  });
  const kernels = {
    threads: 2,
    node: 'v26.1.0',
    kernels: 'wide',
    rows: [
      row('denseForward', '4x4x512 -> 512', 0.97),
      row('denseInputGradient', '4x4x512 -> 512', 0.91),
      row('denseForward', '32x32x32 -> 64', 0.6),
    ],
  };
  const text: string = restText(step, kernels);
  expect(text).toContain('take 210 of the 242 ms');
  expect(text).toMatch(/depthwise convolutions\n30, all else 2\./);
  expect(text).toContain('91 to 97%');
  expect(productsText(kernels)).toContain(
    'at 110 GFLOPS on a core (512 channels, wide kernels, Node v26.1.0',
  );
});

import { expect, test } from 'vitest';
import { exampleRun } from '../../test/support/exampleStudy.js';
import type { BackendDescription } from '../compile/step.js';
import { continuesFrom } from '../store/runState.js';
import { currentHost, currentVersions } from './environment.js';
import { variantChanges } from './newRecord.js';

test('a run goes on from within its epochs, and from its own end', () => {
  const from = (epoch: number, stepInEpoch: number, before: number) =>
    continuesFrom({ epoch, stepInEpoch }, before, 30);
  expect(from(0, 0, 60)).toBe(true);
  expect(from(29, 7, 60)).toBe(true);
  expect(from(30, 0, 30)).toBe(true);
  // As the 30th of 60 epochs it was not measured as the last one is.
  expect(from(30, 0, 60)).toBe(false);
  expect(from(30, 1, 60)).toBe(false);
  expect(from(40, 0, 60)).toBe(false);
});

const described = (over: Partial<BackendDescription>): BackendDescription => ({
  backend: 'wasm',
  variant: 'relaxed',
  precision: 'float32',
  tiles: { product: '6x8' },
  threads: 1,
  ...over,
});

function begunBy(over: Partial<BackendDescription>) {
  const { record } = exampleRun({ trainLoss: [1] });
  return { ...record, backend: described(over), versions: currentVersions(), host: currentHost() };
}

test('128-bit and 256-bit vectors are one variant, either way; no tile of a product counts', () => {
  const wide = { variant: 'wide', tiles: { product: '6x16' } };
  expect(variantChanges(begunBy({}), described(wide), false)).toEqual([]);
  expect(variantChanges(begunBy(wide), described({}), false)).toEqual([]);
  expect(variantChanges(begunBy({ tiles: { product: '4x8' } }), described({}), false)).toEqual([]);
});

test('another arithmetic is refused, or recorded where that is allowed', () => {
  expect(() => variantChanges(begunBy({ variant: 'plain' }), described({}), false)).toThrow(
    /wasm plain.*wasm relaxed/s,
  );
  const halves = { tiles: { product: '6x8', 'products of halves': 'from 128 channels on' } };
  expect(() => variantChanges(begunBy(halves), described({}), false)).toThrow(
    /products of halves from 128 channels on/,
  );
  const [change] = variantChanges(begunBy(halves), described({ variant: 'wide' }), true);
  expect(change).toMatch(
    /after epoch 1: wasm relaxed float32 products of halves .* -> wasm relaxed float32, V8/,
  );
});

test('a GPU’s other precision is refused by its name, or recorded where that is allowed', () => {
  const on = (variant: string) => ({ backend: 'webgpu' as const, variant, tiles: { device: 'one' } });
  expect(() => variantChanges(begunBy(on('f32')), described(on('f16-products')), false)).toThrow(
    /another precision[\s\S]*--precision f32/,
  );
  const [change] = variantChanges(begunBy(on('f32')), described(on('f16-products')), true);
  expect(change).toMatch(/webgpu f32 .* -> webgpu f16-products/);
  expect(variantChanges(begunBy(on('f16-products')), described(on('f16-products')), false)).toEqual([]);
});

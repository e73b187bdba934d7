import { expect, test } from 'vitest';
import { CeterisError } from '../../../base/errors.js';
import { SmallStep } from './smallStep.js';
import { nodeMajor, probeVariant } from './variants.js';
import { bestVariant, requireWide, type WideCheck } from './wide.js';

/** What the check says, or the error that it throws. */
async function attempt(): Promise<WideCheck | CeterisError> {
  try {
    return await requireWide();
  } catch (error) {
    if (error instanceof CeterisError) return error;
    throw error;
  }
}

test('the small step is one function of its weights, and leaves nothing at zero', async () => {
  const step = await SmallStep.open(probeVariant());
  const first = await step.bits();
  expect(await step.bits()).toEqual(first);
  expect(first.filter((bits) => bits !== 0).length).toBeGreaterThan(0.9 * first.length);
  const values = new Float32Array(first.buffer);
  expect(values.every(Number.isFinite)).toBe(true);
  await step.dispose();
});

test('the small step tells kernels apart that differ in rounding only', async () => {
  if (probeVariant() !== 'relaxed') return;
  const [plain, relaxed] = [await SmallStep.open('plain'), await SmallStep.open('relaxed')];
  const [a, b] = [await plain.bits(), await relaxed.bits()];
  expect(a.length).toBe(b.length);
  expect(a).not.toEqual(b);
  await plain.dispose();
  await relaxed.dispose();
});

test('256-bit vectors are used where they are right and at least 1.2 times as fast, and refused with a reason elsewhere', async () => {
  const result = await attempt();
  const best = await bestVariant();
  if (result instanceof CeterisError) {
    expect(result.exitCode).toBe(2);
    expect(result.message).toContain('256-bit vectors cannot be used here');
    expect(result.message).toContain('--cpu-vectors 256');
    expect(result.details.value).toContain(`Node ${process.versions.node}`);
    expect(best.variant).toBe(probeVariant());
    expect(best.refused === null).toBe(nodeMajor < 24);
  } else {
    expect(nodeMajor).toBeGreaterThanOrEqual(22);
    expect(result.gflops256).toBeGreaterThanOrEqual(1.2 * result.gflops128);
    if (nodeMajor >= 24) expect(best).toEqual({ variant: 'wide', refused: null });
  }
});

test.runIf(nodeMajor < 22)('a Node without the option is refused before V8 is asked', async () => {
  expect(await attempt()).toBeInstanceOf(CeterisError);
});

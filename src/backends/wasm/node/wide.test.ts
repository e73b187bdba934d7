import { expect, test } from 'vitest';
import { CeterisError } from '../../../base/errors.js';
import { nodeMajor } from './variants.js';
import { requireWide } from './wide.js';

/** What the check says, or the error that it throws. */
function attempt(): ReturnType<typeof requireWide> | CeterisError {
  try {
    return requireWide();
  } catch (error) {
    if (error instanceof CeterisError) return error;
    throw error;
  }
}

test('256-bit vectors are used where they are at least 1.2 times as fast, and refused with a reason elsewhere', () => {
  const result = attempt();
  if (result instanceof CeterisError) {
    expect(result.exitCode).toBe(2);
    expect(result.message).toContain('256-bit vectors cannot be used here');
    expect(result.message).toContain('--cpu-vectors 256');
    expect(result.details.value).toContain(`Node ${process.versions.node}`);
  } else {
    expect(nodeMajor).toBeGreaterThanOrEqual(22);
    expect(result.gflops256).toBeGreaterThanOrEqual(1.2 * result.gflops128);
  }
});

test.runIf(nodeMajor < 22)('a Node without the option is refused before V8 is asked', () => {
  expect(attempt()).toBeInstanceOf(CeterisError);
});

/** The WebGPU adapter at hand against PyTorch. Full width on hardware, or where CETERIS_GOLDEN_FULL is set. */
import { testAdapter } from '../support/adapter.js';
import { openTestStep } from '../support/webgpuStep.js';
import type { GoldenBackend } from './backends.js';
import { describeFullWidth, describeNarrowSteps } from './suites.js';

if (testAdapter === null) {
  const { it } = await import('vitest');
  it.skip('no adapter', () => {});
} else {
  const { description, isSlow } = testAdapter;
  const backend: GoldenBackend = {
    name: `webgpu, ${description.name}`,
    fast: true,
    create: openTestStep,
  };
  describeNarrowSteps(backend, isSlow ? 2 : undefined);
  if (description.type === 'hardware' || process.env.CETERIS_GOLDEN_FULL !== undefined) {
    describeFullWidth(backend);
  } else {
    process.stderr.write(`left out: golden steps at full width on ${description.name}, a software adapter\n`);
  }
}

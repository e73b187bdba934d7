/** The WebGPU adapter at hand against PyTorch. Full width on hardware, or where CETERIS_GOLDEN_FULL is set. */
import { testAdapter } from '../support/adapter.js';
import { openHalvesStep, openTestStep, testUnit } from '../support/webgpuStep.js';
import type { GoldenBackend } from './backends.js';
import { describeFullWidth, describeHalves, describeNarrowSteps } from './suites.js';

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
  const halves = testUnit !== null && {
    ...backend,
    name: `${backend.name}, f16-products`,
    create: openHalvesStep,
  };
  if (halves) describeHalves(halves, { file: 'steps', most: isSlow ? 2 : 20 });
  if (description.type === 'hardware' || process.env.CETERIS_GOLDEN_FULL !== undefined) {
    describeFullWidth(backend);
    if (halves) describeHalves(halves, { file: 'full', most: 20 });
  } else {
    process.stderr.write(`left out: golden steps at full width on ${description.name}, a software adapter\n`);
  }
}

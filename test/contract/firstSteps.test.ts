/** The first steps in Node on the WebGPU adapter at hand; the same as in Chromium. Quick enough for SwiftShader. */
import { describe, expect, test } from 'vitest';
import { createWebgpuNodeStep } from '../../src/backends/webgpu/node/createStep.js';
import { compile } from '../../src/compile/compile.js';
import { testAdapter } from '../support/adapter.js';
import { compareFirstSteps } from './compareFirstSteps.js';
import { firstSteps, smokeBatch } from './firstSteps.js';

describe.skipIf(testAdapter === null)(`in Node, ${testAdapter?.description.name}`, () => {
  test('three training steps, an evaluation and the weights are those of the reference', async () => {
    const program = compile(smokeBatch.network, { batch: smokeBatch.size, replicas: 1 });
    const step = await createWebgpuNodeStep(program, { adapter: testAdapter?.request ?? 'webgpu' });
    expect(step.description.backend).toBe('webgpu');
    await compareFirstSteps(await firstSteps(step));
    await step.dispose();
  }, 240_000);
});

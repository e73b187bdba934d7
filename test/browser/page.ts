/** Runs in a page: the first training steps of a small network on the browser's WebGPU. */
import { describeAdapter, requestDevice } from '../../src/backends/webgpu/adapter.js';
import { createWebgpuStep } from '../../src/backends/webgpu/step.js';
import { compile } from '../../src/compile/compile.js';
import { type FirstSteps, firstSteps, smokeBatch } from '../contract/firstSteps.js';

export async function trainInPage(): Promise<FirstSteps & { readonly adapter: string }> {
  const adapter = await navigator.gpu.requestAdapter();
  if (adapter === null) throw new Error('the browser has no WebGPU adapter');
  const description = describeAdapter(adapter);
  const device = await requestDevice(adapter, description);
  const program = compile(smokeBatch.network, { batch: smokeBatch.size, replicas: 1 });
  const step = await createWebgpuStep(program, { device, deviceName: description.architecture });
  const result = await firstSteps(step);
  await step.dispose();
  return { ...result, adapter: `${description.vendor} ${description.architecture}` };
}

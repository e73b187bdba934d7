import { expect, test } from 'vitest';
import { chooseBackend, type Device } from './backend.js';
import { runStudy } from './runStudy.js';

test('cpu, and vectors, are the CPU; auto is a hardware GPU where there is one', async () => {
  const cpu = { device: 'cpu', backend: 'wasm', variant: null };
  expect(await chooseBackend({ device: 'cpu' })).toEqual(cpu);
  expect(await chooseBackend({ cpuVectors: 128 })).toEqual(cpu);
  const auto = await chooseBackend({});
  if (auto.device === 'cpu') expect(auto).toEqual(cpu);
  else expect(auto.adapter.type).toBe('hardware');
});

test('what is no device is refused, and so is an adapter that is not there', async () => {
  const gpu = chooseBackend({ device: 'gpu' as Device });
  await expect(gpu).rejects.toThrow(/no such device[\s\S]*auto, cpu, webgpu, or webgpu:NAME/);
  await expect(chooseBackend({ device: 'webgpu:no such card' })).rejects.toThrow(/--device/);
});

test('a study asks for its device', async () => {
  const studyFile = new URL('../../studies/quick.yaml', import.meta.url).pathname;
  const events = runStudy({ studyFile, out: 'never', device: 'webgpu:no such card' });
  await expect(events.next()).rejects.toThrow(/no such card/);
});

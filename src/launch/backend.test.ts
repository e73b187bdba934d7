import { expect, test } from 'vitest';
import { chooseBackend, type Device } from './backend.js';
import { runStudy } from './runStudy.js';

test('auto and cpu are the CPU; another device is refused with the reason', () => {
  const cpu = { device: 'cpu', backend: 'wasm', variant: null };
  for (const device of [undefined, 'auto', 'cpu'] as const) expect(chooseBackend({ device })).toEqual(cpu);
  expect(() => chooseBackend({ device: 'webgpu' as Device })).toThrow(/CPU only.*auto or cpu.*webgpu/s);
});

test('a study asks for its device', async () => {
  const studyFile = new URL('../../studies/quick.yaml', import.meta.url).pathname;
  const events = runStudy({ studyFile, out: 'never', device: 'webgpu' as Device });
  await expect(events.next()).rejects.toThrow(/trains on the CPU only/);
});

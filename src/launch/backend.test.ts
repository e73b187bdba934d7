import { expect, test } from 'vitest';
import { probeVariant } from '../backends/wasm/node/variants.js';
import { chooseBackend, type Device } from './backend.js';
import { runStudy } from './runStudy.js';

test('auto and cpu are the CPU; another device is refused with the reason', async () => {
  const cpu = { device: 'cpu', backend: 'wasm' };
  for (const device of [undefined, 'auto', 'cpu'] as const)
    expect(await chooseBackend({ device, cpuVectors: 128 })).toMatchObject(cpu);
  const refused = expect(chooseBackend({ device: 'webgpu' as Device })).rejects;
  await refused.toThrow(/CPU only.*auto or cpu.*webgpu/s);
});

test('128-bit vectors are had by asking; without asking there is a note where 256-bit ones were refused', async () => {
  expect(await chooseBackend({ cpuVectors: 128 })).toMatchObject({ variant: probeVariant(), notes: [] });
  const { variant, notes } = await chooseBackend({});
  if (variant === 'wide') expect(notes).toEqual([]);
  else expect(variant).toBe(probeVariant());
});

test('a study asks for its device', async () => {
  const studyFile = new URL('../../studies/quick.yaml', import.meta.url).pathname;
  const events = runStudy({ studyFile, out: 'never', device: 'webgpu' as Device });
  await expect(events.next()).rejects.toThrow(/trains on the CPU only/);
});

import { expect, test } from 'vitest';
import { probeVariant } from '../backends/wasm/node/variants.js';
import { type BackendRequest, chooseBackends, type Device, settled } from './backend.js';
import { runStudy } from './runStudy.js';

const chooseBackend = async (request: BackendRequest) => (await chooseBackends(request))[0];

test('cpu, and vectors, are the CPU; auto is a hardware GPU where there is one', async () => {
  const cpu = { device: 'cpu', backend: 'wasm', variant: null };
  expect(await chooseBackend({ device: 'cpu' })).toEqual(cpu);
  expect(await chooseBackend({ cpuVectors: 128 })).toEqual({ ...cpu, variant: probeVariant() });
  const auto = await chooseBackend({});
  if (auto.device === 'cpu') expect(auto).toEqual(cpu);
  else expect(auto.adapter.type).toBe('hardware');
});

test('128-bit vectors stay; without asking there is a note where 256-bit ones were refused', async () => {
  const narrow = await chooseBackend({ cpuVectors: 128 });
  expect(await settled(narrow)).toEqual({ backend: narrow, notes: [] });
  const { backend, notes } = await settled(await chooseBackend({ device: 'cpu' }));
  expect(backend).toMatchObject({ variant: expect.stringMatching(/plain|relaxed|wide/) });
  expect(notes.length).toBeLessThan(2);
  if (notes.length === 1) expect(notes[0]).toMatch(/^128-bit vectors are used: /);
});

test('what is no device is refused, and so is an adapter that is not there', async () => {
  const gpu = chooseBackend({ device: 'gpu' as Device });
  await expect(gpu).rejects.toThrow(/no such device[\s\S]*auto, cpu, webgpu, webgpu:NAME/);
  await expect(chooseBackend({ device: 'webgpu:no such card' })).rejects.toThrow(/--device/);
});

test('a study asks for its device', async () => {
  const studyFile = new URL('../../studies/quick.yaml', import.meta.url).pathname;
  const events = runStudy({ studyFile, out: 'never', device: 'webgpu:no such card' });
  await expect(events.next()).rejects.toThrow(/no such card/);
});

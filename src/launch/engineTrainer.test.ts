import { expect, test } from 'vitest';
import type { AdapterDescription } from '../backends/webgpu/description.js';
import type { ChosenBackend } from './backend.js';
import { checkCpuOptions, checkWorkers } from './engineTrainer.js';

const gpu = (name: string): ChosenBackend => ({
  device: 'webgpu',
  backend: 'webgpu',
  adapter: { name } as AdapterDescription,
  precision: 'f32',
  tune: false,
});

test('fewer workers than GPUs are refused, with the GPUs to name; a job on a cluster counts its GPUs itself', () => {
  const two = [gpu('Fast'), gpu('Slow')] as const;
  expect(() => checkWorkers(two, { workers: 1 })).toThrow(
    /fewer workers than GPUs[\s\S]*at least 2[\s\S]*Fast and Slow[\s\S]*--device "webgpu:Fast"/,
  );
  for (const workers of [undefined, 2, 3]) expect(() => checkWorkers(two, { workers })).not.toThrow();
  expect(() => checkWorkers(two, { workers: 1, gpus: 2 })).not.toThrow();
  expect(() => checkWorkers([gpu('Fast')], { workers: 1 })).not.toThrow();
});

test('options of the CPU are refused where a GPU is taken, in place of doing nothing', () => {
  const cpu = { device: 'cpu', backend: 'wasm', variant: null } as const;
  expect(() => checkCpuOptions([gpu('Fast')], { threads: 4 })).toThrow(
    /for the CPU[\s\S]*--threads[\s\S]*taken: Fast[\s\S]*value: 4[\s\S]*leave --threads out, or .*--device cpu/,
  );
  expect(() => checkCpuOptions([gpu('Fast')], { cpuVectors: 256 })).toThrow(/--cpu-vectors/);
  expect(() => checkCpuOptions([gpu('Fast')], {})).not.toThrow();
  expect(() => checkCpuOptions([cpu], { threads: 4, cpuVectors: 128 })).not.toThrow();
});

import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { AdapterDescription } from '../backends/webgpu/description.js';
import type { ChosenBackend } from './backend.js';
import { checkCpuOptions, checkWorkers, tileNotes } from './engineTrainer.js';

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

test('tiles that cannot be kept are told once, where tiles are measured', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'ceteris-tile-notes-'));
  const file = join(scratch, 'file');
  writeFileSync(file, '');
  const measured = (type: 'hardware' | 'software', tune: boolean): ChosenBackend => {
    const adapter = { name: 'Fast', type } as AdapterDescription;
    return { device: 'webgpu', backend: 'webgpu', adapter, precision: 'f32', tune };
  };
  const wrong = join(file, 'tiles');
  const both = [measured('hardware', true), measured('hardware', true)] as const;
  expect(tileNotes(both, wrong)).toEqual([
    expect.stringMatching(/cannot be kept in .*file.*ENOTDIR.*measured anew.*XDG_CACHE_HOME.*--no-tune/),
  ]);
  expect(tileNotes([measured('hardware', false)], wrong)).toEqual([]);
  expect(tileNotes([measured('software', true)], wrong)).toEqual([]);
  expect(tileNotes([{ device: 'cpu', backend: 'wasm', variant: null }], wrong)).toEqual([]);
  const right = join(scratch, 'tiles', 'deep');
  expect(tileNotes(both, right)).toEqual([]);
  expect(readdirSync(right)).toEqual([]);
  rmSync(scratch, { recursive: true });
});
